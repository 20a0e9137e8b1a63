import { channels, type RunEvent } from '../../src/events.ts';
import type { ItemResult, ItemTask } from '../../src/items/attempts.ts';
import type { EndedItem } from '../../src/items/go.ts';
import {
  type GoAheadOptions,
  type ItemRunOptions,
  openItemRun,
  type ReadItems,
} from '../../src/items/open-item-run.ts';

/** Has what was written get to the file, and go on from there. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 6; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

export const numbered = function* (count: number): Generator<string> {
  for (let at = 0; at < count; at += 1) yield `q${at}`;
};

interface Call {
  readonly task: ItemTask;
  readonly end: (result: ItemResult) => void;
  readonly fail: (error: unknown) => void;
}

export interface BeginOptions extends Partial<GoAheadOptions<string>> {
  readonly list?: Partial<ItemRunOptions<string>>;
  readonly read?: ReadItems<string>;
  /** What one is billed that is given up. */
  readonly billedUsd?: number;
}

/** A go over `q0`, `q1` and so on, whose items end when the test says so. */
export const begin = (count: number, { list, billedUsd, read = () => numbered(count), ...more }: BeginOptions = {}) => {
  const calls = new Map<number, Call>();
  const aborted: number[] = [];
  const lost: number[] = [];
  const told: number[] = [];
  const ended: EndedItem<string>[] = [];
  let text = '';
  const items = openItemRun<string>({ keyOf: (value) => value, ...list });
  const finishing = new AbortController();
  const stopping = new AbortController();
  const outcome = items.run(read, {
    name: 'test',
    concurrency: 2,
    mostAhead: 4,
    finishing: finishing.signal,
    signal: stopping.signal,
    work: (_, task) =>
      new Promise<ItemResult>((resolve, reject) => {
        const { index, signal } = task;
        const leave = (): void => void calls.delete(index);
        calls.set(index, {
          task,
          end: (result) => {
            leave();
            resolve(result);
          },
          fail: (error) => {
            leave();
            reject(error);
          },
        });
        signal.addEventListener('abort', () => {
          aborted.push(index);
          leave();
          reject(Object.assign(new Error('given up'), { costUsd: billedUsd }));
        });
      }),
    sink: {
      line: ({ index, output }) => `${index} ${JSON.stringify(output)}\n`,
      write: (lines) => {
        text += lines;
      },
    },
    onEnd: (item) => void ended.push(item),
    onLost: (costUsd) => void lost.push(costUsd),
    onBroken: (atWork) => void told.push(atWork),
    ...more,
  });
  outcome.catch(() => {});
  return {
    items,
    outcome,
    finishing,
    stopping,
    aborted,
    lost,
    told,
    ended,
    atWork: () => [...calls.keys()],
    taskOf: (index: number) => (calls.get(index) as Call).task,
    end: async (index: number, result: ItemResult = { output: `A${index}`, costUsd: 1 }) => {
      (calls.get(index) as Call).end(result);
      await settle();
    },
    fail: async (index: number, error: unknown) => {
      (calls.get(index) as Call).fail(error);
      await settle();
    },
    text: () => text,
    /** Those that were handed over, in that order. */
    written: () =>
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => Number.parseInt(line, 10)),
  };
};

/** Listens to all runs while `work` is at it. */
export const heardDuring = async (work: () => Promise<unknown>): Promise<readonly RunEvent[]> => {
  const events: RunEvent[] = [];
  const listen = (event: unknown): void => void events.push(event as RunEvent);
  channels.run.subscribe(listen);
  try {
    await work();
  } finally {
    channels.run.unsubscribe(listen);
  }
  return events;
};
