import { type AlertChangeEvent, channels } from '../events.ts';

/** Tells people of alerts. */
export interface AlertSink {
  /** Names it in faults. */
  readonly name: string;
  /** Whether it only writes down what happens, and calls nobody: it is told also of what can wait. @default false */
  readonly isLog?: boolean | undefined;
  /** Called one event after another. What it throws is reported once, until it has worked again. */
  tell(event: AlertChangeEvent, signal: AbortSignal): void | Promise<void>;
}

/** Hands events on to one sink. */
export interface SinkQueue {
  /** Never throws. */
  send(event: AlertChangeEvent): void;
  /** Resolves when all that was sent is told, or lost. */
  settled(): Promise<void>;
}

/** More than these never wait for a sink that does not keep up. */
const mostWaiting = 100;

export const createSinkQueue = (sink: AlertSink, signal: AbortSignal): SinkQueue => {
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  let isFaultTold = false;

  const fault = (error: unknown): void => {
    if (isFaultTold) return;
    isFaultTold = true;
    if (channels.fault.hasSubscribers) channels.fault.publish({ where: `alert sink ${sink.name}`, error, lost: 1 });
  };

  const tell = async (before: Promise<void>, event: AlertChangeEvent): Promise<void> => {
    await before;
    try {
      await sink.tell(event, signal);
      isFaultTold = false;
    } catch (error) {
      fault(error);
    } finally {
      waiting -= 1;
    }
  };

  return {
    send(event) {
      if (waiting >= mostWaiting) {
        fault(new Error(`${sink.name} does not keep up: ${waiting} alerts wait for it already`));
        return;
      }
      waiting += 1;
      last = tell(last, event);
    },
    settled: () => last,
  };
};
