import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ItemFile, openItemFile } from '../../src/items/item-file.ts';
import { tempFolder } from '../support/temp-folder.ts';

let path: string;
let file: ItemFile;
beforeEach(() => {
  path = join(tempFolder(), 'job.sqlite');
  file = openItemFile(path);
});
afterEach(() => file.close());

const reopen = (): void => {
  file.close();
  file = openItemFile(path);
};

/** Content and place of an item. */
const at = (position: number, text: string): readonly [number, Uint8Array] => [position, Buffer.from(text)];
const claim = (...items: readonly (readonly [number, Uint8Array])[]) => {
  const states = items.map((one) => file.claim(...one));
  file.claimed();
  return states;
};
const begin = (one: readonly [number, Uint8Array]) => file.begin(...one, file.recordOf(...one));
const settle = async (one: readonly [number, Uint8Array], output: unknown, costUsd = 0, state = 'succeeded' as const) =>
  file.settle({ id: await begin(one), state, output: JSON.stringify(output), costUsd });
const fail = async (one: readonly [number, Uint8Array], costUsd = 0) =>
  file.settle({ id: await begin(one), state: 'failed', output: '"why"', costUsd });

describe('the file of items', () => {
  it('knows in the next go what became of an item, wherever it stands then', async () => {
    claim(at(0, 'a'), at(1, 'b'), at(2, 'c'));
    await settle(at(0, 'a'), 'A', 0.25);
    await fail(at(1, 'b'));
    await begin(at(2, 'c'));
    await file.drop(await begin(at(3, 'd')));
    reopen();
    expect(claim(at(0, 'new'), at(1, 'a'), at(2, 'b'), at(3, 'c'), at(4, 'd'))).toEqual([
      undefined,
      'succeeded',
      'failed',
      'begun',
      undefined,
    ]);
    expect(file.recordOf(...at(1, 'a'))).toMatchObject({ state: 'succeeded', output: 'A' });
    expect(file.recordOf(...at(0, 'new'))).toBeUndefined();
    expect([file.unused(), file.spentUsd()]).toEqual([0, 0.25]);
  });

  it('has an output for each of the items that are the same, and gives none to two', async () => {
    for (const position of [0, 1]) await settle(at(position, 'same'), `A${position}`);
    reopen();
    expect(claim(at(0, 'other'), at(1, 'same'), at(2, 'same'), at(3, 'same'))).toEqual([
      undefined,
      'succeeded',
      'succeeded',
      undefined,
    ]);
    expect([1, 2].map((position) => file.recordOf(...at(position, 'same'))?.output)).toEqual(['A1', 'A0']);
  });

  it('does not know an item that is done again until it has ended', async () => {
    await fail(at(0, 'a'));
    reopen();
    claim(at(0, 'a'));
    await begin(at(0, 'a'));
    reopen();
    expect(claim(at(0, 'a'))).toEqual(['begun']);
    expect(file.recordOf(...at(0, 'a'))).toMatchObject({ output: undefined });
  });

  it('counts what was paid for an item that is still to be done, or was begun in vain since', async () => {
    await file.pay(await begin(at(0, 'a')), 0.5);
    reopen();
    expect(claim(at(0, 'a'))).toEqual(['begun']);
    expect(file.spentUsd()).toBe(0.5);
    await file.drop(await begin(at(0, 'a')));
    expect(file.spentUsd()).toBe(0.5);
    await settle(at(0, 'a'), 'A', 0.25);
    expect(file.spentUsd()).toBe(0.75);
  });

  it('counts outputs that no item has any more', async () => {
    for (const position of [0, 1]) await settle(at(position, `q${position}`), 'A');
    reopen();
    claim(at(0, 'q1'));
    expect(file.unused()).toBe(1);
  });

  it('does not take an item for another that has come to its place', async () => {
    await settle(at(0, 'a'), 'A');
    reopen();
    claim(at(0, 'a'));
    expect(file.recordOf(...at(0, 'b'))).toBeUndefined();
  });

  it('keeps long outputs as they were', async () => {
    const long = 'x'.repeat(100_000);
    await settle(at(0, 'a'), { long });
    reopen();
    claim(at(0, 'a'));
    expect(file.recordOf(...at(0, 'a'))?.output).toEqual({ long });
  });

  it('keeps what it can of a group of which one cannot be written', async () => {
    const [one, other] = [await begin(at(0, 'a')), await begin(at(1, 'b'))];
    const settled = await Promise.allSettled([
      file.settle({ id: one, state: 'succeeded', output: '"A"', costUsd: 0 }),
      // No place for it: the cost is none.
      file.settle({ id: other, state: 'succeeded', output: '"B"', costUsd: Number.NaN }),
    ]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    reopen();
    expect(claim(at(0, 'a'), at(1, 'b'))).toEqual(['succeeded', 'begun']);
  });

  it('is for one at a time, and forgets when it begins anew', async () => {
    await settle(at(0, 'a'), 'A', 1);
    file.remember('inputs', 'm');
    const { run } = file;
    expect(() => openItemFile(path)).toThrow(expect.objectContaining({ code: 'BATCH_LOCKED' }));
    expect(() => openItemFile(path, { restart: true })).toThrow(expect.objectContaining({ code: 'BATCH_LOCKED' }));
    reopen();
    expect([file.run, file.pass]).toEqual([run, 2]);
    file.close();
    file = openItemFile(path, { restart: true });
    expect(claim(at(0, 'a'))).toEqual([undefined]);
    expect([file.spentUsd(), file.recall('inputs'), file.run === run]).toEqual([0, undefined, false]);
  });

  it('that is damaged is refused, and begun anew where that is wanted', () => {
    file.close();
    writeFileSync(path, 'no database');
    expect(() => openItemFile(path)).toThrow(expect.objectContaining({ code: 'BATCH_JOURNAL_UNUSABLE' }));
    file = openItemFile(path, { restart: true });
    expect(claim(at(0, 'a'))).toEqual([undefined]);
  });

  it('of the layout before is read', async () => {
    file.close();
    path = join(tempFolder(), 'old.sqlite');
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
    const old = new DatabaseSync(path);
    old.exec(`
      CREATE TABLE job (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
      CREATE TABLE entries (
        id INTEGER PRIMARY KEY, hash BLOB NOT NULL, run INTEGER NOT NULL, row INTEGER NOT NULL, state TEXT NOT NULL,
        outcome TEXT, cost_usd REAL NOT NULL DEFAULT 0
      ) STRICT;
      CREATE INDEX entries_by_hash ON entries (hash, row);
      CREATE INDEX entries_by_row ON entries (run, row);
      PRAGMA application_id = ${0x4850626a}; PRAGMA user_version = 1; PRAGMA journal_mode = WAL;
      INSERT INTO job (name, value) VALUES ('run', '3'), ('model', '"p/m"');
      INSERT INTO entries (hash, run, row, state, outcome, cost_usd) VALUES
        (x'61', 3, 1, 'answered', '{"answer":"A"}', 0.5), (x'62', 3, 2, 'failed', '{"error":{}}', 0), (x'63', 3, 3, 'asked', NULL, 0);`);
    old.close();
    file = openItemFile(path);
    expect([claim(at(0, 'a'), at(1, 'b'), at(2, 'c')), file.pass]).toEqual([['succeeded', 'failed', 'begun'], 4]);
    expect(file.recordOf(...at(0, 'a'))?.output).toEqual({ answer: 'A' });
    expect(file.spentUsd()).toBe(0.5);
  });
});
