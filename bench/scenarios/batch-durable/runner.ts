/** Runs so many steps that do nothing, and resolves when they are as sure as this way makes them. */
export interface DurableRunner {
  run(count: number): Promise<void>;
  close?(): Promise<void>;
}

/** What a step of a side survives: the end of its process, the loss of power, or neither. */
export type Survives = 'power loss' | 'process end' | 'nothing';

export interface DurableSide {
  readonly name: string;
  readonly note: string;
  readonly survives: Survives;
  readonly open: (options: { readonly folder: string; readonly redisUrl: string }) => Promise<DurableRunner>;
}

export const concurrency = 50;

/** Does `count` pieces of work, `most` at a time. */
export const inParallel = async (count: number, most: number, work: (at: number) => Promise<void>): Promise<void> => {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await work(next - 1);
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, count) }, worker));
};
