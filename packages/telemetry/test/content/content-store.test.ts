import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StatementSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type ContentStoreOptions, openContentStore } from '../../src/content/content-store.ts';
import { captured, holds, temporaryFolder } from './support.ts';

const set = (options: Partial<ContentStoreOptions> = {}) => {
  const folder = temporaryFolder();
  const path = join(folder, 'content.sqlite');
  return { folder, path, store: openContentStore({ path, ...options }) };
};

describe('a store of content', () => {
  it('gives what was asked and answered by its own id and by that of its request, to this user alone', () => {
    const { store, path, folder } = set();
    store.add([captured({ requestId: 'r1', key: 'k1', asked: 'why is the sky blue?', answer: 'It scatters.' })]);
    const entry = store.get('1');
    expect(entry).toMatchObject({
      id: 1,
      atMs: 1_000,
      requestId: 'r1',
      key: 'k1',
      model: 'm',
      prompt: 'user: why is the sky blue?',
      isPromptCut: false,
      answer: 'It scatters.',
      isAnswerCut: false,
    });
    expect(store.get('r1')).toEqual(entry);
    expect(store.get('2')).toBeUndefined();
    for (const name of ['content.sqlite', 'content.sqlite-wal', 'content.sqlite-shm'])
      expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
    expect(path).toContain(folder);
    store.close();
  });

  it('gives what was captured of one request, where others have its id, or entries have it as theirs', () => {
    const { store } = set();
    store.add([
      captured({ requestId: '3', atMs: 10_000, answer: 'first' }),
      captured({ requestId: '3', atMs: 12_000, answer: 'second' }),
      captured({ requestId: 'other', atMs: 11_000 }),
      captured({ requestId: '3', atMs: 900_000, answer: 'newest' }),
    ]);
    const answerAt = (atMs: number) => store.get({ requestId: '3', atMs })?.answer;
    expect([10_010, 11_990, 900_000].map(answerAt)).toEqual(['first', 'second', 'newest']);
    expect(answerAt(500_000)).toBeUndefined();
    expect(store.get('3')).toMatchObject({ requestId: 'other' });
    store.close();
  });

  it('writes no key, e-mail address or card, whole or cut in two where a text is too long', () => {
    const { store, folder } = set();
    const secrets = '4111 1111 1111 1111 me@example.com';
    const long = `${'x'.repeat(262_134)} ${secrets} ${'tail '.repeat(2_000)}`;
    // Where the prompt is cut, in the middle of a key, and where the answer is that was cut before.
    const end = `lf-a-key-abc ${secrets} ${'tail '.repeat(53_000)}`.slice(0, 262_144 + 4_096);
    const short = `${'x'.repeat(9_000)} 4111 1111 11`;
    store.add([
      captured({ asked: 'mail jane@example.com with sk-abcdef1234567890', answer: 'charge 5500 0000 0000 0004' }),
      captured({ prompt: { texts: [end], isCut: true }, answer: long }),
      captured({ answer: short, isAnswerCut: true }),
    ]);
    expect(store.get('1')).toMatchObject({ prompt: 'user: mail [e-mail] with [key]', answer: 'charge [card]' });
    expect(store.get('2')).toMatchObject({ isPromptCut: true, isAnswerCut: true });
    expect(store.get('2')?.answer.length).toBeLessThanOrEqual(262_144);
    expect(store.get('2')?.prompt.endsWith(end.slice(-1_000))).toBe(true);
    for (const secret of ['jane', 'sk-abc', '5500 0000', '4111', 'me@', 'example.com', 'lf-a-key'])
      expect(holds(folder, secret)).toBe(false);
    store.close();
  });

  it('refuses a file of something else, and changes nothing in it', () => {
    const path = join(temporaryFolder(), 'notes.txt');
    writeFileSync(path, 'notes of somebody'.repeat(100));
    expect(() => openContentStore({ path })).toThrow(
      expect.objectContaining({ code: 'TELEMETRY_STORE_UNAVAILABLE' }) as Error,
    );
  });

  it('deletes what is too old, and the oldest of what is too much', () => {
    let now = 1_000;
    const { store } = set({ keepMs: 500, now: () => now, maxBytes: 400_000 });
    store.add([captured({ atMs: 1_000 }), captured({ atMs: 1_400 })]);
    now = 1_501;
    expect(store.prune()).toBe(1);
    expect(store.search().map(({ id }) => id)).toEqual([2]);
    for (let index = 0; index < 20; index += 1)
      store.add([captured({ atMs: now, answer: `${'lorem ipsum '.repeat(4_000)}${index}` })]);
    const left = store.search();
    expect(left.length).toBeLessThan(12);
    expect(left[0]?.id).toBe(22);
    store.close();
  });
});

it('makes room in small transactions, and some to spare', () => {
  const { store } = set({ maxBytes: 2_000_000 });
  const many = Array.from({ length: 3_000 }, (_, index) => captured({ answer: `${index} ${'word '.repeat(100)}` }));
  store.add(many);
  const run = vi.spyOn(process.getBuiltinModule('node:sqlite').StatementSync.prototype, 'run');
  onTestFinished(() => run.mockRestore());
  const deletedBy = (work: () => void): readonly number[] => {
    run.mockClear();
    work();
    return run.mock.results.map(({ value }) => Number((value as { readonly changes: number }).changes));
  };
  const before = store.count();
  const [, ...steps] = deletedBy(() => store.add(many.slice(0, 1_500)));
  expect(steps.length).toBeGreaterThan(1);
  expect(Math.max(...steps)).toBeLessThanOrEqual(200);
  expect(store.count()).toBeLessThan(before + 1_500);
  expect(deletedBy(() => store.add([captured()]))).toEqual([1]);
  store.close();
});

it('is there although no room can be made just then', () => {
  const { store } = set({ maxBytes: 400_000 });
  const { prototype } = process.getBuiltinModule('node:sqlite').StatementSync;
  const { run } = prototype;
  const spy = vi.spyOn(prototype, 'run').mockImplementation(function (this: StatementSync, ...parameters) {
    if (this.sourceSQL.startsWith('DELETE')) throw new Error('database is locked');
    return run.apply(this, parameters);
  });
  onTestFinished(() => spy.mockRestore());
  const large = captured({ answer: 'lorem ipsum '.repeat(4_000) });
  for (let index = 0; index < 12; index += 1) store.add([large]);
  expect(store.count()).toBe(12);
  spy.mockRestore();
  store.add([large]);
  expect(store.count()).toBeLessThan(12);
  store.close();
});

describe('a search', () => {
  const filled = () => {
    const { store } = set();
    store.add([
      captured({ atMs: 1, asked: 'What does an owl eat?', answer: 'Mice, at night.', key: 'k1' }),
      captured({ atMs: 2, asked: 'Tell me of cafés', answer: 'The night-owl is open.', model: 'large' }),
      captured({ atMs: 3, asked: 'x', answer: 'y', outcome: 'failed', agent: 'planner' }),
    ]);
    return store;
  };

  it('finds words in prompts and answers, the newest first, and shows where', () => {
    const store = filled();
    expect(store.search({ text: 'OWL night' }).map(({ id }) => id)).toEqual([2, 1]);
    expect(store.search({ text: 'CAFES' })[0]?.snippet).toEqual(['user: Tell me of ', 'cafés', '']);
    expect(store.search({ text: '"owl eat"' }).map(({ id }) => id)).toEqual([1]);
    expect(store.search({ text: 'mic*' }).map(({ id }) => id)).toEqual([1]);
    expect(store.search({ text: 'mic' })).toEqual([]);
  });

  it('takes filters, times and pages', () => {
    const store = filled();
    expect(store.search({ where: { model: ['large'], outcome: ['complete'] } }).map(({ id }) => id)).toEqual([2]);
    expect(store.search({ text: 'owl', where: { key: ['k1'] } }).map(({ id }) => id)).toEqual([1]);
    expect(store.search({ where: { agent: ['planner'] } }).map(({ id }) => id)).toEqual([3]);
    expect(store.search({ fromMs: 2, toMs: 3 }).map(({ id }) => id)).toEqual([2]);
    expect(store.search({ limit: 2 }).map(({ id }) => id)).toEqual([3, 2]);
    expect(store.search({ limit: 2, before: 2 }).map(({ id }) => id)).toEqual([1]);
    expect(store.search({ limit: 1 })[0]?.snippet).toEqual(['user: x']);
  });

  it('takes whatever people type, and says what it cannot search for', () => {
    const store = filled();
    for (const text of [
      'night-owl "open',
      'AND OR NOT owl',
      'owl)',
      '{owl} : ^owl',
      "'; DROP TABLE entry; --",
      'a"b"c',
      'NEAR(owl)',
    ])
      expect(() => store.search({ text })).not.toThrow();
    expect(store.search({ text: 'night-owl' }).map(({ id }) => id)).toEqual([2]);
    for (const text of ['', ' - ', '"*"', 'word '.repeat(33)])
      expect(() => store.search({ text })).toThrow(
        expect.objectContaining({ code: 'TELEMETRY_QUERY_INVALID' }) as Error,
      );
    expect(() => store.search({ where: { prompt: ['x'] } })).toThrow(/Content has no "prompt"/);
  });
});

describe('deletion', () => {
  it.each([
    ['by age', { beforeMs: 2_000 }, 1],
    ['by key', { key: 'k1' }, 1],
    ['by id', { id: '1' }, 1],
    ['by the id of the request', { id: 'r1' }, 1],
    ['by age and key', { beforeMs: 2_000, key: 'k1' }, 1],
    ['altogether', { all: true }, 3],
  ])('%s leaves nothing of the text in any file', (_, deletion, count) => {
    const { store, folder } = set();
    store.add([
      captured({
        asked: 'of xylophonemarker',
        answer: `${'word '.repeat(3_000)}zebramarker`,
        key: 'k1',
        requestId: 'r1',
      }),
    ]);
    store.add([captured({ atMs: 3_000, asked: 'of keptmarker' }), captured({ atMs: 3_000 })]);
    expect(holds(folder, 'xylophonemarker')).toBe(true);
    expect(store.delete(deletion)).toEqual({ deleted: count, isErased: true });
    for (const part of ['xylophonemarker', 'ylophonema', 'zebramarker', 'ebramarke'])
      expect(holds(folder, part)).toBe(false);
    expect(holds(folder, 'keptmarker')).toBe(count === 1);
    expect(store.search({ text: 'xylophonemarker' })).toEqual([]);
    expect(store.count()).toBe(3 - count);
    store.close();
    expect(holds(folder, 'xylophonemarker')).toBe(false);
  });

  it('wants to be told of what', () => {
    const { store } = set();
    for (const deletion of [{}, { all: true, key: 'k' }])
      expect(() => store.delete(deletion)).toThrow(
        expect.objectContaining({ code: 'TELEMETRY_QUERY_INVALID' }) as Error,
      );
    expect(store.delete({ id: 'nobody' })).toEqual({ deleted: 0, isErased: true });
  });

  it('tells where somebody who reads keeps the text in the log', () => {
    const { store, path, folder } = set({ busyMs: 0 });
    store.add([captured({ asked: 'of xylophonemarker' })]);
    const sqlite = process.getBuiltinModule('node:sqlite');
    const reader = new sqlite.DatabaseSync(path, { readOnly: true });
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM entry').get();
    expect(store.delete({ all: true })).toEqual({ deleted: 1, isErased: false });
    expect(store.delete({ all: true })).toEqual({ deleted: 0, isErased: false });
    expect(holds(folder, 'xylophonemarker')).toBe(true);
    reader.close();
    expect(store.delete({ all: true })).toEqual({ deleted: 0, isErased: true });
    expect(holds(folder, 'xylophonemarker')).toBe(false);
    store.close();
  });

  it.each(['add', 'prune'] as const)('is done with the next %s where somebody was reading', (next) => {
    const { store, path, folder } = set({ busyMs: 0 });
    store.add([captured({ asked: 'of xylophonemarker' })]);
    const sqlite = process.getBuiltinModule('node:sqlite');
    const reader = new sqlite.DatabaseSync(path, { readOnly: true });
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM entry').get();
    store.delete({ all: true });
    reader.close();
    expect(holds(folder, 'xylophonemarker')).toBe(true);
    if (next === 'add') store.add([captured()]);
    else store.prune();
    expect(holds(folder, 'xylophonemarker')).toBe(false);
    store.close();
  });
});
