import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeMachine } from './harness/machine.ts';
import { noiseOf, resultText, writeResult } from './harness/results.ts';
import type { Scenario } from './harness/scenario.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(here(folder)).flatMap((file) => (file.endsWith('.ts') ? [file.slice(0, -3)] : []));
  } catch {
    return [];
  }
};

const scenarios = namesIn('./scenarios').sort();
const micros = namesIn('./micro')
  .map((name) => `micro/${name}`)
  .sort();

const help = `Benchmarks.

  npm run bench                      every scenario
  npm run bench -- gateway           one of them
  npm run bench -- micro/cache       what one operation costs (mitata)

  --quick          fewer, shorter rounds: to see that it works, not to publish
  --json           the results as JSON on standard output
  --sides a,b      only these sides of a scenario
  --command FILE   measure this build of the command instead of apps/cli/dist/hotpath.js
  --profile        CPU profiles of the processes under test in bench/.cache/profiles (distorts the figures)
  --list, --help

Scenarios: ${scenarios.join(', ')}
Micro:     ${micros.join(', ') || 'none yet'}
Results go to bench/results/<name>.json. How it is measured: bench/README.md.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    sides: { type: 'string', default: '' },
    command: { type: 'string', default: here('../apps/cli/dist/hotpath.js') },
    profile: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const runMicro = async (name: string): Promise<boolean> => {
  const child = spawn(process.execPath, ['--expose-gc', here(`./${name}.ts`)], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  return code === 0;
};

const runScenario = async (name: string): Promise<boolean> => {
  const machine = describeMachine();
  const { scenario } = (await import(`./scenarios/${name}.ts`)) as { scenario: Scenario };
  const log = (line: string): void => {
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[2K${line}` : `${line}\n`);
  };
  if (!values.json) console.log(`${scenario.title}\n`);
  const outcome = await scenario.run({
    quick: values.quick,
    sides: values.sides.split(',').filter((side) => side !== ''),
    profile: values.profile,
    command: resolve(values.command),
    machine,
    log,
  });
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K');
  const noise = noiseOf(machine, Object.values(outcome.rounds).flat());
  const partial =
    values.quick ||
    values.profile ||
    values.sides !== '' ||
    process.argv.some((argument) => argument.startsWith('--command'));
  const result = {
    name,
    date: new Date().toISOString(),
    machine,
    command: `npm run bench -- ${name}`,
    clean: noise.length === 0,
    noise,
    tables: outcome.tables,
    raw: outcome.rounds,
  };
  console.log(values.json ? JSON.stringify(result, null, 2) : resultText(result));
  // A quick, partial or profiled run, or one of another build, never replaces a published result.
  if (!partial) console.error(`\nWritten to ${await writeResult(result)}`);
  return true;
};

const main = async (): Promise<number> => {
  if (values.help) {
    console.log(help);
    return 0;
  }
  if (values.list) {
    console.log([...scenarios, ...micros].join('\n'));
    return 0;
  }
  const known = new Set([...scenarios, ...micros]);
  const unknown = positionals.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    console.error(`No benchmark is called ${unknown.join(', ')}. Choose from: ${[...known].join(', ')}.`);
    return 2;
  }
  let failed = 0;
  for (const name of positionals.length > 0 ? positionals : scenarios) {
    try {
      if (!(await (name.startsWith('micro/') ? runMicro(name) : runScenario(name)))) failed++;
    } catch (error) {
      failed++;
      console.error(`\n${name} failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return failed === 0 ? 0 : 1;
};

// Everything temporary of a run is in here, so that one which is interrupted leaves nothing either.
const temporary = mkdtempSync(join(tmpdir(), 'hotpath-bench-'));
process.env.TMPDIR = temporary;
process.once('exit', () => rmSync(temporary, { recursive: true, force: true, maxRetries: 5 }));
process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143));

process.exitCode = await main();
