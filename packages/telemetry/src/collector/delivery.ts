import { channels } from '../events.ts';
import type { EventBatch, Exporter } from '../exporter.ts';

export interface DeliveryOptions {
  /** Events that wait at most for an exporter that does not keep up; further ones are dropped, and counted. */
  readonly mostWaiting: number;
}

/** Hands batches to one exporter, one after another. */
export interface Delivery {
  /** Never throws. */
  send(batch: EventBatch): void;
  /** Resolves when all that was sent is safe, or lost. */
  settled(): Promise<void>;
  /** Events that did not arrive. */
  readonly lost: number;
  close(): Promise<void>;
}

export const createDelivery = (exporter: Exporter, { mostWaiting }: DeliveryOptions): Delivery => {
  let waiting = 0;
  let lost = 0;
  let last: Promise<void> = Promise.resolve();

  const lose = (count: number, error: unknown, kind?: string): void => {
    lost += count;
    const { fault } = channels;
    if (fault.hasSubscribers) fault.publish({ where: exporter.name, error, lost: count, kind });
  };

  const deliver = async (before: Promise<void>, batch: EventBatch): Promise<void> => {
    await before;
    try {
      await exporter.export(batch);
    } catch (error) {
      lose(batch.count, error, batch.kind.name);
    } finally {
      waiting -= batch.count;
    }
  };

  return {
    get lost() {
      return lost;
    },
    send(batch) {
      if (waiting > 0 && waiting + batch.count > mostWaiting) {
        const error = new Error(`${exporter.name} does not keep up: ${waiting} events wait for it already`);
        lose(batch.count, error, batch.kind.name);
        return;
      }
      waiting += batch.count;
      last = deliver(last, batch);
    },
    settled: () => last,
    async close() {
      await last;
      try {
        await exporter.close();
      } catch (error) {
        lose(0, error);
      }
    },
  };
};
