import { measureInChild } from '../harness/child.ts';
import { interleave, quietNote, typicalOf, valuesOf } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import { median, rounded } from '../harness/statistics.ts';
import { verdict } from '../harness/verdict.ts';
import { installMetricsPeers } from '../peers/metrics.ts';
import { chosenOf, describe } from './cache/sides.ts';
import type { RecordJob, RecordResult } from './telemetry-record/child.ts';
import { floorName, ownNames, type RecordSide, recordSides } from './telemetry-record/sides.ts';

const childScript = new URL('./telemetry-record/child.ts', import.meta.url);
const targetNs = 100;

interface Measured {
  readonly ns: number;
  readonly worstNs: number;
}

const titles: Readonly<Record<RecordSide['work'], string>> = {
  figure: 'One figure with three labels, ns',
  request: 'Everything about a request, ns',
};

/** What recording costs the one who is observed. */
export const scenario: Scenario = {
  title: 'Recording what happens',
  run: async ({ quick, sides: asked, profile, log }) => {
    await installMetricsPeers();
    const sides = chosenOf(recordSides, asked);
    const measure = (side: string): Measured => {
      const job: RecordJob = { side, count: 50_000, repeats: quick ? 10 : 30 };
      const { ns } = measureInChild<RecordResult>(childScript, job, {
        profile: profile ? `record-${side}` : undefined,
      });
      return { ns: median(ns), worstNs: Math.max(...ns) };
    };
    const rounds = await interleave(
      sides.map(({ name }) => ({ name, measure: async () => measure(name) })),
      quick ? 3 : 9,
      { log },
    );
    const nsOf = (side: string): number => typicalOf(rounds, side, ({ ns }) => ns);
    const tableOf = (work: RecordSide['work']) => {
      const own = sides.filter((side) => side.work === work);
      return {
        id: `telemetry-record-${work}`,
        title: titles[work],
        columns: ['side', 'median ns', 'worst window', 'worst run', `x ${ownNames[work]}`, `x ${floorName}`, 'target'],
        rows: own.map(({ name }) => [
          name,
          rounded(nsOf(name)),
          rounded(Math.max(...valuesOf(rounds, name, ({ ns }) => ns))),
          rounded(Math.max(...valuesOf(rounds, name, ({ worstNs }) => worstNs))),
          rounded(nsOf(name) / nsOf(ownNames[work])),
          rounded(nsOf(name) / nsOf(floorName)),
          name === ownNames.figure ? verdict(nsOf(name), targetNs, 'at-most', 'ns') : '',
        ]),
        notes: [
          'A process of its own for each window, a window by its median run of 50,000 events; each side is asked afterwards how many it has recorded.',
          ...describe(own),
          quietNote(rounds.filter(({ side }) => own.some(({ name }) => name === side))),
        ],
      };
    };
    return { tables: (['figure', 'request'] as const).map(tableOf), rounds: { record: rounds } };
  },
};
