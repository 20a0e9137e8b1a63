import { answerParent, collectGarbage } from '../../harness/child.ts';
import { recordSides } from './sides.ts';
import { type RequestEvent, requestEvents } from './workload.ts';

export interface RecordJob {
  readonly side: string;
  readonly count: number;
  readonly repeats: number;
}

export interface RecordResult {
  /** Nanoseconds an event, of each repeat. */
  readonly ns: readonly number[];
}

await answerParent<RecordJob>(async ({ side, count, repeats }): Promise<RecordResult> => {
  const found = recordSides.find(({ name }) => name === side);
  if (found === undefined) throw new Error(`No side is called ${side}.`);
  const { record, told } = await found.open();
  const once = async (): Promise<number> => {
    const started = process.hrtime.bigint();
    for (let index = 0; index < count; index += 1) record(requestEvents[index % requestEvents.length] as RequestEvent);
    const tookNs = Number(process.hrtime.bigint() - started);
    // What is handed on meanwhile is handed on between two repeats.
    await new Promise(setImmediate);
    return tookNs / count;
  };
  const warmups = 5;
  for (let at = 0; at < warmups; at += 1) await once();
  await collectGarbage();
  const ns: number[] = [];
  for (let at = 0; at < repeats; at += 1) ns.push(await once());
  const expected = count * (warmups + repeats);
  const recorded = await told();
  if (recorded !== expected) throw new Error(`${side} has recorded ${recorded} events of ${expected}.`);
  return { ns };
});
