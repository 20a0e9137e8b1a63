import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { requestKind } from '../../src/kinds/request.ts';
import { openEventStore } from '../../src/store/event-store.ts';

const script = fileURLToPath(new URL('./children/record.ts', import.meta.url));

/** Lets a process record until it has told of some events, and kills it. Resolves to how many it said were safe. */
const killed = async (path: string, name: string, afterLines: number): Promise<number> => {
  const child = spawn(process.execPath, [script, path, name], { stdio: ['ignore', 'pipe', 'inherit'] });
  let told = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text;
    if (told.split('\n').length > afterLines) child.kill('SIGKILL');
  });
  await once(child, 'close');
  return Number(told.trimEnd().split('\n').at(-1));
};

it('keeps all that was acknowledged by processes that are killed, each event in its sums', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'events-'));
  const path = join(folder, 'events.sqlite');
  // Two at once, several lives each.
  const lives = await Promise.all(
    ['one', 'other'].flatMap((name) =>
      [3, 7].map((lines) => killed(path, name, lines).then((safe) => ({ name, safe }))),
    ),
  );
  const store = openEventStore({ path });
  const range = { fromMs: Date.now() - 7_200_000, toMs: Date.now() + 7_200_000, by: ['model'] };
  const kept = new Map(store.aggregate(requestKind, range).map(({ names, count }) => [names.model, count]));
  for (const name of ['one', 'other']) {
    const safe = lives.filter((life) => life.name === name).reduce((sum, life) => sum + life.safe, 0);
    expect(kept.get(name)).toBeGreaterThanOrEqual(safe);
  }
  // Sums and events come of the same transactions.
  for (const group of store.aggregate(requestKind, { ...range, stepMs: 3_600_000 }))
    expect(group.totals.cost).toBe(group.count);
  const events = store.aggregate(requestKind, { ...range, fromMs: range.fromMs + 1, toMs: range.toMs + 1 });
  expect(events.reduce((sum, { count }) => sum + count, 0)).toBe(
    [...kept.values()].reduce((sum, count) => sum + count, 0),
  );
  await store.close();
  await rm(folder, { recursive: true, force: true });
});
