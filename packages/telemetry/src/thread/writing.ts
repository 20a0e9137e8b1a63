import type { EventBatch } from '../exporter.ts';
import type { EventStore } from '../store/event-store.ts';
import { isBusy } from '../store/is-busy.ts';

export interface WritingOptions {
  readonly store: Pick<EventStore, 'write'>;
  /** The batch is safe. */
  succeed(id: number): void;
  /** The batch is lost. */
  fail(id: number, error: unknown): void;
}

/** Writes batches in their order, those that came since the last transaction in one. */
export interface Writing {
  add(id: number, batch: EventBatch): void;
  /** Writes what waits, unless it waits for another process: what is asked meanwhile is answered without. */
  writeUnlessBusy(): void;
  /** Writes what waits, or loses it: where another process is in the way, there is one more try in all from here on. */
  endWaiting(): void;
}

/** Time for questions between two tries, each of which waits for as long as the store does, milliseconds. */
const pauseMs = 100;

export const createWriting = ({ store, succeed, fail }: WritingOptions): Writing => {
  let waiting: { readonly id: number; readonly batch: EventBatch }[] = [];
  let pause: NodeJS.Timeout | undefined;
  let isEnding = false;
  /** Why nothing more is tried. */
  let inTheWay: unknown;

  const write = (): void => {
    clearTimeout(pause);
    pause = undefined;
    const all = waiting;
    waiting = [];
    if (all.length === 0) return;
    try {
      if (inTheWay !== undefined) throw inTheWay;
      store.write(all.map(({ batch }) => batch));
      for (const { id } of all) succeed(id);
    } catch (error) {
      if (isBusy(error) && !isEnding) {
        waiting = all;
        pause = setTimeout(write, pauseMs);
        return;
      }
      if (isBusy(error)) inTheWay = error;
      for (const { id } of all) fail(id, error);
    }
  };

  const writeUnlessBusy = (): void => {
    if (pause === undefined) write();
  };

  return {
    add(id, batch) {
      if (waiting.length === 0) setImmediate(writeUnlessBusy);
      waiting.push({ id, batch });
    },
    writeUnlessBusy,
    endWaiting() {
      isEnding = true;
      write();
    },
  };
};
