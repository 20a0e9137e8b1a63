import { writeSync } from 'node:fs';
import { sqliteJournal } from '../../../src/journals/sqlite.ts';
import { attemptEntry, outputOf, runEntry } from './entries.ts';

// Writes pairs of attempts and says which calls were acknowledged, until it is killed or has written as many as it was told.
const [path = '', run = '', count = 'Infinity'] = process.argv.slice(2);
const journal = sqliteJournal({ path });
await journal.write([runEntry(run)], 'full');
for (let number = 0; number < Number(count); ) {
  const turn: Promise<void>[] = [];
  for (const last = number + 1 + (number % 5); number < last; number += 1) {
    const call = number;
    const output = outputOf(call);
    const pair = ['a', 'b'].map((half) => attemptEntry(run, `${call}${half}`, { end: 'succeeded', output }));
    turn.push(journal.write(pair, call % 3 === 0 ? 'full' : 'relaxed').then(() => void writeSync(1, `${call}\n`)));
  }
  await Promise.all(turn);
}
journal.close();
