import { spawnSync } from 'node:child_process';
import { measureInChild } from '../harness/child.ts';
import { interleave, quietNote, typicalOf, valuesOf } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import { median, quantile, rounded } from '../harness/statistics.ts';
import { verdict } from '../harness/verdict.ts';
import { installInk } from '../peers/ink.ts';
import { type CommandResult, measureCommand } from './monitor/command.ts';
import type { FrameJob, FrameResult } from './monitor/frame-job.ts';

const columns = 120;
const rows = 40;
const targetP99Ms = 4;
const targetRssMb = 90;

const scripts = [
  { name: 'hotpath', script: new URL('./monitor/hotpath-child.ts', import.meta.url) },
  { name: 'ink', script: new URL('./monitor/ink-child.ts', import.meta.url) },
];

interface Measured {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly meanCpuMs: number;
  readonly worstMs: number;
  readonly bytes: number;
  readonly rssMb: number;
}

const summaryOf = ({ frameMs, cpuMs, bytesPerFrame, rssMb }: FrameResult): Measured => ({
  p50Ms: median(frameMs),
  p99Ms: quantile(frameMs, 0.99),
  meanCpuMs: cpuMs.reduce((sum, ms) => sum + ms, 0) / cpuMs.length,
  worstMs: Math.max(...frameMs),
  bytes: bytesPerFrame,
  rssMb,
});

/** Resident memory of Node without a program, most of which is its own file. */
const measureBareNode = (): number => {
  const { stdout } = spawnSync(
    process.execPath,
    ['-e', 'setTimeout(() => console.log(process.memoryUsage().rss / 2 ** 20), 500)'],
    { encoding: 'utf8' },
  );
  return Number(stdout);
};

/** What a frame of the live view costs, beside the same view on ink, and what the command takes. */
export const scenario: Scenario = {
  title: 'A frame of the monitor',
  run: async ({ quick, sides: asked, command, log }) => {
    const job: FrameJob = { columns, rows, frames: quick ? 200 : 1000 };
    const chosen = scripts.filter(({ name }) => asked.length === 0 || asked.includes(name));
    const names = chosen.map(({ name }) => name);
    const packages = names.includes('ink') ? await installInk() : '';
    const sides = chosen.map(({ name, script }) => ({
      name,
      measure: async () => summaryOf(measureInChild<FrameResult>(script, { ...job, packages })),
    }));
    const rounds = await interleave(sides, quick ? 2 : 8, { log });
    const whole = await interleave<CommandResult>(
      [
        {
          name: 'hotpath monitor',
          measure: () => measureCommand(command, { columns, rows, samples: quick ? 30 : 300 }),
        },
      ],
      quick ? 1 : 3,
      { log },
    );
    const bareRssMb = measureBareNode();
    const worstRss = Math.max(...valuesOf(whole, 'hotpath monitor', ({ rssMb }) => rssMb));
    return {
      tables: [
        {
          id: 'monitor-frame',
          title: `Frames of ${rows} x ${columns}, ${job.frames} a window, every figure changes`,
          columns: ['side', 'p50 ms', 'p99 ms', 'CPU ms', 'longest ms', 'bytes a frame', 'RSS MB', 'target'],
          rows: names.map((name) => {
            const p99 = typicalOf(rounds, name, ({ p99Ms }) => p99Ms);
            return [
              name,
              rounded(typicalOf(rounds, name, ({ p50Ms }) => p50Ms)),
              rounded(p99),
              rounded(typicalOf(rounds, name, ({ meanCpuMs }) => meanCpuMs)),
              rounded(Math.max(...valuesOf(rounds, name, ({ worstMs }) => worstMs))),
              Math.round(typicalOf(rounds, name, ({ bytes }) => bytes)),
              Math.round(typicalOf(rounds, name, ({ rssMb }) => rssMb)),
              name === 'hotpath' ? verdict(p99, targetP99Ms, 'at-most', 'ms') : '',
            ];
          }),
          notes: [
            'From a sample until the bytes of its frame are handed over: what the terminal does with them is not in it. CPU is the mean time of the main thread: its clock may go in ticks of 4 ms. RSS is that of the child, which makes the samples, too.',
            quietNote(rounds),
          ],
        },
        {
          id: 'monitor-command',
          title: 'The built command on a terminal of that size, looking every 200 ms',
          columns: ['side', 'RSS MB', 'worst MB', 'CPU ms a sample', 'target'],
          rows: [
            ['node, waiting', Math.round(bareRssMb), '', '', ''],
            [
              'hotpath monitor',
              Math.round(typicalOf(whole, 'hotpath monitor', ({ rssMb }) => rssMb)),
              Math.round(worstRss),
              rounded(typicalOf(whole, 'hotpath monitor', ({ cpuMs }) => cpuMs)),
              verdict(worstRss, targetRssMb, 'at-most', 'MB'),
            ],
          ],
          notes: [
            'Memory at the end of a window; that of Node alone is in it. CPU is that of a whole sample: asking, reading, drawing, writing.',
          ],
        },
      ],
      rounds: { frames: rounds, command: whole },
    };
  },
};
