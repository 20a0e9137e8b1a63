import { setTimeout as sleep } from 'node:timers/promises';
import type { Content } from './draw.ts';
import type { Session } from './session.ts';
import { textFrame } from './text-frame.ts';

export interface PrintOptions {
  readonly session: Session;
  readonly intervalMs: number;
  readonly signal: AbortSignal;
  readonly isJson: boolean;
  readonly write: (text: string) => Promise<void>;
}

const jsonLine = ({ view }: Content): string => `${JSON.stringify(view)}\n`;

/** Prints one sample, with the rates of one interval. Rejects when `signal` aborts. */
export const printOnce = async ({ session, intervalMs, signal, isJson, write }: PrintOptions): Promise<void> => {
  const first = await session.sample(signal);
  let last = first;
  // A file has no rates.
  if (first.view.source === 'gateway') {
    await sleep(intervalMs, undefined, { signal });
    last = await session.sample(signal);
  }
  await write(isJson ? jsonLine(last) : textFrame(last, process.stdout.columns));
};

/** Prints a sample an interval, the first at once and without rates, until `signal` aborts, and rejects then. */
export const printSamples = async ({ session, intervalMs, signal, write }: PrintOptions): Promise<void> => {
  for (let nextAt = performance.now() + intervalMs; ; nextAt = Math.max(nextAt + intervalMs, performance.now())) {
    await write(jsonLine(await session.sample(signal)));
    await sleep(Math.max(0, nextAt - performance.now()), undefined, { signal });
  }
};
