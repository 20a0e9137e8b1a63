import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBatch, localDispatcher, shellExecutor } from '@hotpath/batch';
import { filesWorkspace } from '@hotpath/batch/files';
import { sqliteJournal } from '@hotpath/batch/journals/sqlite';
import { openLocks } from '@hotpath/batch/lock';
import { interleave, quietNote, type Side, typicalOf, valuesOf } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import { rounded } from '../harness/statistics.ts';
import { verdict } from '../harness/verdict.ts';
import { chosenOf, describe } from './cache/sides.ts';

const count = 4;
const targetRatio = 3.8;
const baseline = 'one after another';
const ownName = 'hotpath in parallel';

const kinds = {
  sleep: { title: 'that wait 300 ms', line: 'sleep 0.3' },
  cpu: {
    title: 'that take 300 ms of CPU',
    line: `"${process.execPath}" -e "while (process.cpuUsage().user < 300e3);"`,
  },
} as const;
type Kind = keyof typeof kinds;

const start = async (line: string): Promise<void> => {
  const child = spawn('sh', ['-c', line], { stdio: 'ignore' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`"${line}" ended with ${code}.`);
};

type Way = (line: string) => Promise<void>;

const byEngine =
  (folder: string, concurrency: number): Way =>
  async (line) => {
    const root = join(folder, 'root');
    const batch = createBatch({
      root,
      journal: sqliteJournal({ path: join(folder, 'journal.db') }),
      lock: openLocks({ folder: join(folder, 'locks') }).acquire,
      workspaces: [filesWorkspace({ root })],
      dispatcher: localDispatcher({ shell: shellExecutor({ folder: join(folder, 'shell') }) }),
    });
    const steps = Array.from({ length: count }, (_, at) => ({ id: `command-${at}`, run: line }));
    const { state, error } = await batch.run({ name: 'commands', steps, concurrency }).outcome;
    await batch.close();
    if (state !== 'committed') throw new Error(`The run is ${state}.`, { cause: error });
  };

const waysIn = (folder: string): readonly { readonly name: string; readonly note: string; readonly run: Way }[] => [
  {
    name: baseline,
    note: 'sh for each command, the next when it has ended: a script',
    run: async (line) => {
      for (let at = 0; at < count; at += 1) await start(line);
    },
  },
  {
    name: 'all at once',
    note: 'the floor: sh for each command, none waits for another',
    run: async (line) => {
      await Promise.all(Array.from({ length: count }, () => start(line)));
    },
  },
  { name: 'hotpath one by one', note: 'the engine with concurrency 1', run: byEngine(folder, 1) },
  {
    name: ownName,
    note: 'the engine with concurrency 4: each command isolated, what it writes found and journalled, opening of the journal included',
    run: byEngine(folder, count),
  },
];

/** What four independent commands take. */
export const scenario: Scenario = {
  title: `${count} independent commands`,
  run: async ({ quick, sides: asked, log }) => {
    const folder = mkdtempSync(join(tmpdir(), 'hotpath-bench-parallel-'));
    mkdirSync(join(folder, 'root'));
    const ways = chosenOf(waysIn(folder), asked);
    const roundsOf = (kind: Kind) => {
      const sides = ways.map(
        ({ name, run }): Side<number> => ({
          name,
          measure: async () => {
            const started = performance.now();
            await run(kinds[kind].line);
            return performance.now() - started;
          },
        }),
      );
      return interleave(sides, quick ? 3 : 11, { log });
    };
    try {
      const rounds = { sleep: await roundsOf('sleep'), cpu: await roundsOf('cpu') };
      const tableOf = (kind: Kind) => {
        const own = rounds[kind];
        const msOf = (side: string): number => typicalOf(own, side, (ms) => ms);
        return {
          id: `batch-parallel-${kind}`,
          title: `${count} commands ${kinds[kind].title}, ms`,
          columns: ['way', 'median ms', 'worst ms', 'times faster', 'target'],
          rows: ways.map(({ name }) => {
            const ratio = msOf(baseline) / msOf(name);
            const isTarget = name === ownName && kind === 'sleep' && !Number.isNaN(ratio);
            return [
              name,
              rounded(msOf(name)),
              rounded(Math.max(...valuesOf(own, name, (ms) => ms))),
              Number.isNaN(ratio) ? '' : rounded(ratio),
              isTarget ? verdict(ratio, targetRatio, 'at-least', 'x') : '',
            ];
          }),
          notes: [
            ...(kind === 'cpu'
              ? [
                  `What takes CPU is bound by the cores: this process may use ${availableParallelism()}, and no way can be faster than that many times.`,
                ]
              : describe(ways)),
            quietNote(own),
          ],
        };
      };
      return { tables: [tableOf('sleep'), tableOf('cpu')], rounds };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
