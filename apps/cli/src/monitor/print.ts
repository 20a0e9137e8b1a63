import { setTimeout as sleep } from 'node:timers/promises';
import type { Content } from './draw.ts';
import type { Session } from './session.ts';
import { textFrame } from './text-frame.ts';

export interface PrintOptions {
  readonly session: Session;
  readonly intervalMs: number;
  /** How far back the local store is looked at. */
  readonly rangeMs: number;
  readonly signal: AbortSignal;
  readonly isJson: boolean;
  readonly write: (text: string) => Promise<void>;
}

/** The figures of the local store stand where those of a gateway do. */
const jsonLine = ({ view }: Content): string => {
  if (view.source === 'gateway') return `${JSON.stringify(view)}\n`;
  const { figures, ...rest } = view;
  return `${JSON.stringify({ ...rest, isConnected: figures !== null, ...figures })}\n`;
};

/** Prints one sample, with the rates of one interval. Tells whether there was something to read. Rejects when `signal` aborts. */
export const printOnce = async ({
  session,
  intervalMs,
  rangeMs,
  signal,
  isJson,
  write,
}: PrintOptions): Promise<boolean> => {
  const first = await session.sample(signal, rangeMs);
  let last = first;
  // Events tell the rates of the seconds before at once.
  if (first.view.source === 'gateway') {
    await sleep(intervalMs, undefined, { signal });
    last = await session.sample(signal, rangeMs);
  }
  await write(isJson ? jsonLine(last) : textFrame(last, process.stdout.columns));
  return last.view.source === 'gateway' || last.view.storeProblem === null;
};

/** Prints a sample an interval, the first at once and without rates, until `signal` aborts, and rejects then. */
export const printSamples = async ({ session, intervalMs, rangeMs, signal, write }: PrintOptions): Promise<void> => {
  for (let nextAt = performance.now() + intervalMs; ; nextAt = Math.max(nextAt + intervalMs, performance.now())) {
    await write(jsonLine(await session.sample(signal, rangeMs)));
    await sleep(Math.max(0, nextAt - performance.now()), undefined, { signal });
  }
};
