// A list too long to hold, done item by item, in as many goes as it takes.
// #region items
import { closeSync, createReadStream, openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Journal } from '@hotpath/batch';
import { type ItemsOutcome, openItemRun } from '@hotpath/batch/items';

export interface LabelOptions {
  /** A ticket a line. */
  readonly tickets: string;
  readonly output: string;
  /** The file of the run, which keeps each label as soon as it is there. */
  readonly kept: string;
  /** Of all runs, for the history. */
  readonly journal: Journal;
  readonly label: (ticket: string, signal: AbortSignal) => Promise<string>;
}

export const labelTickets = async ({ tickets, output, kept, journal, label }: LabelOptions): Promise<ItemsOutcome> => {
  const run = openItemRun<string>({ path: kept, keyOf: (ticket) => ticket });
  const file = openSync(output, 'w');
  try {
    return await run.run(() => createInterface({ input: createReadStream(tickets) }), {
      name: 'label tickets',
      journal,
      concurrency: 8,
      retries: 3, // of what may pass
      work: async (ticket, { signal }) => ({ output: await label(ticket, signal) }),
      sink: {
        line: ({ value, output }) => `${JSON.stringify({ ticket: value, label: output })}\n`,
        write: (lines) => writeSync(file, lines), // in the order of the tickets
      },
    });
  } finally {
    closeSync(file);
    run.close();
  }
};
// #endregion items
