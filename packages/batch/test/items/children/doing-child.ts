import { writeSync } from 'node:fs';
import { openItemRun } from '../../../src/items/open-item-run.ts';
import { sqliteJournal } from '../../../src/journals/sqlite.ts';

// Does numbers and says which, until it is killed or has done all. It begins with `open` once it has the file.
const [path = '', journalPath = '', count = '0'] = process.argv.slice(2);
const say = (text: string): void => void writeSync(1, `${text}\n`);
const numbers = function* (): Generator<number> {
  for (let number = 0; number < Number(count); number += 1) yield number;
};
try {
  const run = openItemRun<number>({ path, keyOf: String });
  say('open');
  const journal = sqliteJournal({ path: journalPath });
  const { state } = await run.run(numbers, {
    name: 'numbers',
    journal,
    concurrency: 8,
    work: async (number) => {
      say(`work ${number}`);
      await new Promise((resolve) => setTimeout(resolve, number % 4));
      return { output: number * 2, costUsd: 1 };
    },
    onEnd: ({ value, isReused }) => {
      if (!isReused) say(`end ${value}`);
    },
    sink: { line: ({ output }) => `${output}\n`, write: () => {} },
  });
  say(state);
  run.close();
  journal.close();
} catch (error) {
  say((error as { readonly code?: string }).code ?? String(error));
}
