import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { interleave, quietNote, type Side, typicalOf, valuesOf } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import { rounded } from '../harness/statistics.ts';
import { verdict } from '../harness/verdict.ts';

const targetRatio = 1.5;

const commandsOf = (cli: string): Readonly<Record<string, readonly string[]>> => ({
  'node -e 0': ['-e', '0'],
  'hotpath --version': [cli, '--version'],
  'hotpath --help': [cli, '--help'],
});

const start = (args: readonly string[]): number => {
  const started = performance.now();
  const { status, stderr, error } = spawnSync(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  const took = performance.now() - started;
  if (error !== undefined || status !== 0)
    throw new Error(`"${args.join(' ')}" ended with ${status}: ${error?.message ?? stderr}`);
  return took;
};

/** How long the command takes to start, beside the bare runtime. */
export const scenario: Scenario = {
  title: 'Start of the command beside bare Node',
  run: async ({ quick, command, log }) => {
    if (!existsSync(command)) throw new Error('The command is not built: run "npm run build" first.');
    const sides: Side<number>[] = Object.entries(commandsOf(command)).map(([name, args]) => ({
      name,
      measure: async () => start(args),
    }));
    // The first starts fill the page cache and the compile cache, as a user's second start finds them.
    for (const side of sides) await side.measure(0);
    const rounds = await interleave(sides, quick ? 10 : 50, { log });
    const base = typicalOf(rounds, 'node -e 0', (ms) => ms);
    const rows = sides.map(({ name }) => {
      const values = valuesOf(rounds, name, (ms) => ms);
      const typical = typicalOf(rounds, name, (ms) => ms);
      const ratio = typical / base;
      const target = name === 'hotpath --version' ? verdict(ratio, targetRatio, 'at-most', 'x') : '';
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
