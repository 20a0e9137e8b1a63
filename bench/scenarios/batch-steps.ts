import { measureInChild } from '../harness/child.ts';
import { interleave, quietNote, typicalOf, valuesOf } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import { median, rounded } from '../harness/statistics.ts';
import { verdict } from '../harness/verdict.ts';
import type { StepsJob, StepsResult } from './batch-steps/child.ts';
import { concurrency, floorName, ownName, stepsSides } from './batch-steps/sides.ts';
import type { Shape } from './batch-steps/workload.ts';
import { chosenOf, describe } from './cache/sides.ts';

const childScript = new URL('./batch-steps/child.ts', import.meta.url);
const count = 10_000;
const targetUs = 0.3;
/** The fastest of the peers that hold a limit. */
const nearestName = 'fastq';

interface Measured {
  readonly us: number;
  readonly bestUs: number;
  readonly worstUs: number;
}

const shapes: Readonly<Record<Shape, string>> = {
  independent: `${count.toLocaleString('en-US')} independent steps, us a step`,
  dag: `${count.toLocaleString('en-US')} steps that each depend on two before, us a step`,
};

/** What a step that does nothing costs. */
export const scenario: Scenario = {
  title: `Steps that do nothing, ${concurrency} at once`,
  run: async ({ quick, sides: asked, profile, log }) => {
    const sides = chosenOf(stepsSides, asked);
    const measure = (side: string, shape: Shape): Measured => {
      const job: StepsJob = { side, shape, count, repeats: quick ? 30 : 100 };
      const name = profile ? `steps-${shape}-${side}` : undefined;
      const { us } = measureInChild<StepsResult>(childScript, job, { profile: name });
      return { us: median(us), bestUs: Math.min(...us), worstUs: Math.max(...us) };
    };
    const roundsOf = (shape: Shape) =>
      interleave(
        sides.map(({ name }) => ({ name, measure: async () => measure(name, shape) })),
        quick ? 3 : 9,
        { log },
      );
    const rounds = { independent: await roundsOf('independent'), dag: await roundsOf('dag') };
    const tableOf = (shape: Shape) => {
      const own = rounds[shape];
      const usOf = (side: string): number => typicalOf(own, side, ({ us }) => us);
      return {
        id: `batch-steps-${shape}`,
        title: shapes[shape],
        columns: [
          'side',
          'median us',
          'best run',
          'worst window',
          'worst run',
          `x ${nearestName}`,
          `x ${floorName}`,
          'target',
        ],
        rows: sides.map(({ name }) => {
          const ratioTo = (other: string): number | string => {
            const ratio = usOf(name) / usOf(other);
            return Number.isNaN(ratio) ? '' : rounded(ratio);
          };
          return [
            name,
            rounded(usOf(name)),
            rounded(Math.min(...valuesOf(own, name, ({ bestUs }) => bestUs))),
            rounded(Math.max(...valuesOf(own, name, ({ us }) => us))),
            rounded(Math.max(...valuesOf(own, name, ({ worstUs }) => worstUs))),
            ratioTo(nearestName),
            ratioTo(floorName),
            name === ownName ? verdict(usOf(name), targetUs, 'at-most', 'us') : '',
          ];
        }),
        notes: [
          'A process of its own for each window. All sides are given the same list of ids, dependencies and functions; what they make of it is measured, a window by its median run. Limiters know no dependencies: their side counts what is ready itself.',
          ...describe(sides),
          quietNote(own),
        ],
      };
    };
    return { tables: [tableOf('independent'), tableOf('dag')], rounds };
  },
};
