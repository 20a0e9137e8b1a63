import { answerParent, collectGarbage } from '../../harness/child.ts';
import { metricsSides } from './sides.ts';

export interface MetricsJob {
  readonly side: string;
  readonly series: number;
  readonly repeats: number;
}

export interface MetricsResult {
  readonly ms: readonly number[];
  readonly bytes: number;
}

await answerParent<MetricsJob>(async ({ side, series, repeats }): Promise<MetricsResult> => {
  const found = metricsSides.find(({ name }) => name === side);
  if (found === undefined) throw new Error(`No side is called ${side}.`);
  const { write } = await found.open(series);
  const counts = (await write()).toString().match(/^[\w:]+_count\{/gm)?.length;
  if (counts !== series) throw new Error(`${side} has written ${counts} series of ${series}.`);
  for (let at = 0; at < 5; at += 1) await write();
  await collectGarbage();
  const ms: number[] = [];
  let bytes = 0;
  for (let at = 0; at < repeats; at += 1) {
    const started = performance.now();
    bytes = (await write()).length;
    ms.push(performance.now() - started);
  }
  return { ms, bytes };
});
