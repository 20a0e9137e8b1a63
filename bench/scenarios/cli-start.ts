import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { interleave, quietNote, type Side, typicalOf, valuesOf } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import { rounded } from '../harness/statistics.ts';
import { verdict } from '../harness/verdict.ts';

/** Most of what bare Node takes. */
const targets: Readonly<Record<string, number>> = {
  'hotpath --version, 50 plugins': 1.3,
  'hotpath --help, 50 plugins': 1.3,
  'hotpath ask, cached, to the first byte': 3,
};

const plugins = 50;

const commandsOf = (cli: string): Readonly<Record<string, readonly string[]>> => ({
  'node -e 0': ['-e', '0'],
  'hotpath --version, 50 plugins': [cli, '--version'],
  'hotpath --help, 50 plugins': [cli, '--help'],
});

// A closed port: whether an Ollama is there makes no difference.
const environmentOf = (home: string): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOTPATH_HOME: home,
  OLLAMA_HOST: '127.0.0.1:1',
});

/** Plugins of one command each, none of which is called. */
const install = (folder: string, count: number): void => {
  for (let each = 0; each < count; each += 1) {
    const name = `tool-${each}`;
    mkdirSync(join(folder, name), { recursive: true });
    const contributes = { commands: [{ name, summary: `Does what tool ${each} does` }] };
    writeFileSync(
      join(folder, name, 'plugin.json'),
      JSON.stringify({ name, version: '1.0.0', main: './index.js', contributes }),
    );
    writeFileSync(join(folder, name, 'index.js'), 'throw new Error("this plugin was not asked for");\n');
  }
};

const start = (args: readonly string[], home: string): number => {
  const started = performance.now();
  const { status, stderr, error } = spawnSync(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    cwd: home,
    env: environmentOf(home),
  });
  const took = performance.now() - started;
  if (error !== undefined || status !== 0)
    throw new Error(`"${args.join(' ')}" ended with ${status}: ${error?.message ?? stderr}`);
  return took;
};

/** Until the first byte of an answer that the cache has, as a user sees it. The simulator gave it at first. */
const askCached = (cli: string, home: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, [cli, 'ask', 'Why is the sky blue?'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      cwd: home,
      env: environmentOf(home),
    });
    let took = Number.NaN;
    child.stdout.once('data', () => {
      took = performance.now() - started;
    });
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve(took) : reject(new Error(`"hotpath ask" ended with ${code}.`)),
    );
  });

/** How long the command takes to start, beside the bare runtime. */
export const scenario: Scenario = {
  title: 'Start of the command beside bare Node',
  run: async ({ quick, command, log }) => {
    if (!existsSync(command)) throw new Error('The command is not built: run "npm run build" first.');
    const homes = [0, plugins].map((count) => {
      const home = mkdtempSync(join(tmpdir(), 'hotpath-bench-'));
      install(join(home, 'plugins'), count);
      return home;
    });
    const [bare = '', equipped = ''] = homes;
    const sides: Side<number>[] = [
      ...Object.entries(commandsOf(command)).map(([name, args]) => ({
        name,
        measure: async () => start(args, equipped),
      })),
      { name: 'hotpath ask, cached, to the first byte', measure: () => askCached(command, bare) },
      { name: 'the same, 50 plugins', measure: () => askCached(command, equipped) },
    ];
    // The first starts fill the page cache and the compile cache, as a user's second start finds them.
    for (const side of [...sides, ...sides]) await side.measure(0);
    const rounds = await interleave(sides, quick ? 10 : 50, { log });
    for (const home of homes) rmSync(home, { recursive: true, force: true });
    const base = typicalOf(rounds, 'node -e 0', (ms) => ms);
    const rows = sides.map(({ name }) => {
      const values = valuesOf(rounds, name, (ms) => ms);
      const typical = typicalOf(rounds, name, (ms) => ms);
      const ratio = typical / base;
      const most = targets[name];
      const target = most === undefined ? '' : verdict(ratio, most, 'at-most', 'x');
      return [
        name,
        rounded(typical),
        rounded(Math.min(...values)),
        rounded(Math.max(...values)),
        rounded(ratio),
        target,
      ];
    });
    return {
      tables: [
        {
          id: 'cli-start',
          title: `Start, n = ${rounds.length / sides.length} each, interleaved`,
          columns: ['command', 'median ms', 'best ms', 'worst ms', 'x bare Node', 'target'],
          rows,
          notes: [quietNote(rounds)],
        },
      ],
      rounds: { start: rounds },
    };
  },
};
