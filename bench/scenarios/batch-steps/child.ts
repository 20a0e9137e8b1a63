import { answerParent, collectGarbage } from '../../harness/child.ts';
import { stepsSides } from './sides.ts';
import { type BenchStep, checkOrder, type Shape, stepsOf } from './workload.ts';

export interface StepsJob {
  readonly side: string;
  readonly shape: Shape;
  readonly count: number;
  readonly repeats: number;
}

export interface StepsResult {
  /** Microseconds a step, of each repeat. */
  readonly us: readonly number[];
}

const warmups = 10;

await answerParent<StepsJob>(async ({ side, shape, count, repeats }): Promise<StepsResult> => {
  const found = stepsSides.find(({ name }) => name === side);
  if (found === undefined) throw new Error(`No side is called ${side}.`);
  const runAll = await found.open();
  const steps = stepsOf(shape, count);
  const expected = (count * (count - 1)) / 2;
  const once = async (): Promise<number> => {
    const started = performance.now();
    const sum = await runAll(steps);
    const tookMs = performance.now() - started;
    if (sum !== expected) throw new Error(`${side} came to ${sum}, not ${expected}.`);
    return (tookMs * 1000) / count;
  };
  const ran: string[] = [];
  const watched = steps.map((step): BenchStep => {
    const run = (): Promise<number> => {
      ran.push(step.id);
      return step.run();
    };
    return { ...step, run };
  });
  await runAll(watched);
  checkOrder(steps, ran);
  for (let at = 0; at < warmups; at += 1) await once();
  await collectGarbage();
  const us: number[] = [];
  // All pay for what they throw away: nothing is collected between two runs.
  for (let at = 0; at < repeats; at += 1) us.push(await once());
  return { us };
});
