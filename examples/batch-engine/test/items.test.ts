import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { memoryJournal } from '@hotpath/batch';
import { expect, it } from 'vitest';
import { makeFolders } from '../folders.ts';
import { labelTickets } from '../items.ts';

it('does each item of a list once, however many goes that takes', async () => {
  const { root, state, read } = makeFolders({ tickets: 'broken\nlate\nlost\n' });
  const [tickets, output, kept] = [join(root, 'tickets'), join(root, 'out.jsonl'), join(state, 'items.sqlite')];
  const journal = memoryJournal();
  const asked: string[] = [];
  const label = async (ticket: string) => {
    asked.push(ticket);
    if (ticket === 'late' && asked.length <= 3) throw new Error('no');
    return ticket.toUpperCase();
  };
  const job = { tickets, output, kept, journal, label };
  expect(await labelTickets(job)).toMatchObject({ state: 'kept', succeeded: 2, failed: 1 });
  writeFileSync(tickets, 'new\nbroken\nlost\n');
  expect(await labelTickets(job)).toMatchObject({ state: 'committed', items: 3, reused: 2 });
  expect(asked).toEqual(['broken', 'late', 'lost', 'new']);
  expect(read('out.jsonl')).toBe(
    ['new', 'broken', 'lost'].map((ticket) => `{"ticket":"${ticket}","label":"${ticket.toUpperCase()}"}\n`).join(''),
  );
  expect(journal.runs()).toMatchObject([{ name: 'label tickets', state: 'committed' }]);
});
