import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { channels, type QueryEndEvent } from '../../src/events.ts';
import type { Journal } from '../../src/journal/journal.ts';
import { type SqliteJournalOptions, sqliteJournal } from '../../src/journals/sqlite.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { attemptEntry, runEntry } from './support/entries.ts';

const open = (path: string, options: Partial<SqliteJournalOptions> = {}): Journal => {
  const journal = sqliteJournal({ path, ...options });
  onTestFinished(() => journal.close());
  return journal;
};

/** Another program's hand in the file. */
const connect = (path: string): DatabaseSync => {
  const connection = new DatabaseSync(path);
  onTestFinished(() => {
    if (connection.isOpen) connection.close();
  });
  return connection;
};

describe('the file of a SQLite journal', () => {
  it('has told how long it was written to and read, when somebody listens, also where it waited in vain', async () => {
    const path = join(tempFolder(), 'journal.sqlite');
    const journal = open(path, { busyMs: 200 });
    const heard: QueryEndEvent[] = [];
    const listen = (event: unknown): void => void heard.push(event as QueryEndEvent);
    channels.queryEnd.subscribe(listen);
    onTestFinished(() => void channels.queryEnd.unsubscribe(listen));
    await journal.write([runEntry('one')], 'relaxed');
    journal.load('one');
    expect(heard.map(({ operation }) => operation)).toEqual(['write', 'read']);
    const other = connect(path);
    other.exec('BEGIN IMMEDIATE');
    await expect(journal.write([runEntry('two')], 'relaxed')).rejects.toThrow();
    other.exec('ROLLBACK');
    expect(heard[2]?.operation).toBe('write');
    expect(heard[2]?.durationMs).toBeGreaterThan(150);
  });

  it('is for nobody else to read, nor its folder', async () => {
    const path = join(tempFolder(), 'state', 'batch', 'journal.sqlite');
    await open(path).write([runEntry('one')], 'full');
    for (const file of [path, `${path}-wal`]) expect(statSync(file).mode & 0o777).toBe(0o600);
    for (const folder of ['..', '../..']) expect(statSync(join(path, folder)).mode & 0o777).toBe(0o700);
  });

  it('is refused where it is damaged, and stays as it is', () => {
    const path = join(tempFolder(), 'journal.sqlite');
    writeFileSync(path, 'no database at all '.repeat(500));
    expect(() => sqliteJournal({ path })).toThrow(
      expect.objectContaining({
        code: 'BATCH_JOURNAL_UNUSABLE',
        path,
        isRetryable: false,
        message: expect.stringMatching(/damaged.*Move it away/s),
      }),
    );
    expect(readFileSync(path, 'utf8')).toContain('no database at all');
  });

  it('says so where damage is met later', async () => {
    const path = join(tempFolder(), 'journal.sqlite');
    const first = sqliteJournal({ path });
    const output = JSON.stringify('x'.repeat(3_000));
    await first.write([runEntry('one')], 'full');
    for (let step = 0; step < 100; step += 1)
      await first.write([attemptEntry('one', `step ${step}`, { output })], 'relaxed');
    first.close();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xa5, bytes.length >> 1));
    const journal = open(path);
    expect(() => journal.load('one')).toThrow(
      expect.objectContaining({ code: 'BATCH_JOURNAL_UNUSABLE', path, message: expect.stringContaining('damaged') }),
    );
  });

  it('is refused where it is of another application, or of a newer release', () => {
    const path = join(tempFolder(), 'journal.sqlite');
    const other = connect(path);
    other.exec('CREATE TABLE theirs (id INTEGER)');
    expect(() => sqliteJournal({ path })).toThrow('a database of another application');
    const newer = join(tempFolder(), 'journal.sqlite');
    sqliteJournal({ path: newer }).close();
    connect(newer).exec('PRAGMA user_version = 99');
    expect(() => sqliteJournal({ path: newer })).toThrow('the layout 99 of a newer release');
    expect(other.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'theirs' }]);
  });

  it('is tried again where others that open it at once are in the way, for so long', () => {
    const { exec } = DatabaseSync.prototype;
    let left = 3;
    const busy = vi.spyOn(DatabaseSync.prototype, 'exec').mockImplementation(function (this: DatabaseSync, sql) {
      if (!sql.includes('journal_mode') || left === 0) return Reflect.apply(exec, this, [sql]);
      left -= 1;
      throw Object.assign(new Error('database is locked'), { errcode: 5 });
    });
    onTestFinished(() => busy.mockRestore());
    expect(open(join(tempFolder(), 'journal.sqlite')).runs()).toEqual([]);
    left = Number.POSITIVE_INFINITY;
    expect(() => sqliteJournal({ path: join(tempFolder(), 'journal.sqlite'), busyMs: 20 })).toThrow(
      expect.objectContaining({ code: 'BATCH_JOURNAL_UNUSABLE', isRetryable: true }),
    );
  });

  it('is missed when it was deleted while it was open', async () => {
    const path = join(tempFolder(), 'journal.sqlite');
    const journal = open(path);
    await journal.write([runEntry('one')], 'full');
    rmSync(path);
    await expect(journal.write([attemptEntry('one', 'a')], 'full')).rejects.toThrow('deleted or replaced');
  });

  it('takes nothing more once it is closed, and has all that was written before', async () => {
    const path = join(tempFolder(), 'journal.sqlite');
    const journal = sqliteJournal({ path });
    const written = journal.write([runEntry('one')], 'relaxed');
    journal.close();
    await written;
    await expect(journal.write([runEntry('two')], 'relaxed')).rejects.toMatchObject({ code: 'BATCH_JOURNAL_UNUSABLE' });
    expect(() => journal.load('one')).toThrow(expect.objectContaining({ code: 'BATCH_JOURNAL_UNUSABLE' }));
    expect(existsSync(`${path}-wal`)).toBe(false);
    expect(open(path).runs().length).toBe(1);
  });

  it('keeps long texts compressed', async () => {
    const path = join(tempFolder(), 'journal.sqlite');
    const journal = sqliteJournal({ path });
    const output = JSON.stringify(Array.from({ length: 50_000 }, (_, id) => ({ id, text: 'the same again' })));
    expect(output.length).toBeGreaterThan(1_000_000);
    await journal.write([runEntry('one'), attemptEntry('one', 'a', { output })], 'full');
    journal.close();
    expect(statSync(path).size).toBeLessThan(output.length / 4);
    expect(open(path).load('one')?.attempts[0]?.output).toBe(output);
  });
});

describe('a write to a SQLite journal', () => {
  it('is made sure only where it has to be', async () => {
    const journal = open(join(tempFolder(), 'journal.sqlite'));
    const levels: string[] = [];
    const exec = vi.spyOn(DatabaseSync.prototype, 'exec').mockImplementation(function (this: DatabaseSync, sql) {
      const [, level] = /synchronous = (\w+)/.exec(sql) ?? [];
      if (level !== undefined) levels.push(level);
      this.prepare(sql).run();
    });
    onTestFinished(() => exec.mockRestore());
    await journal.write([runEntry('one')], 'relaxed');
    expect(levels).toEqual([]);
    await Promise.all([
      journal.write([attemptEntry('one', 'a')], 'relaxed'),
      journal.write([attemptEntry('one', 'b')], 'full'),
    ]);
    await journal.write([attemptEntry('one', 'c')], 'full');
    expect(levels).toEqual(['FULL']);
    await journal.write([attemptEntry('one', 'd')], 'relaxed');
    expect(levels).toEqual(['FULL', 'NORMAL']);
  });

  it('makes sure of what came before it though it changes nothing itself', async () => {
    const path = join(tempFolder(), 'journal.sqlite');
    const journal = open(path);
    await journal.write([runEntry('one')], 'relaxed');
    const before = statSync(`${path}-wal`).size;
    await journal.write([], 'relaxed');
    expect(statSync(`${path}-wal`).size).toBe(before);
    await journal.write([{ type: 'effect-undone', run: 'one', sequence: 7 }], 'full');
    // SQLite has nothing to wait for the disk with where nothing was added to the log.
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(before);
  });

  it('goes from the log to the database when nobody has written for a while', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const path = join(tempFolder(), 'journal.sqlite');
    const journal = open(path);
    const bytes = (): number => statSync(path).size;
    const write = async (run: string): Promise<void> => {
      const output = JSON.stringify('x'.repeat(3_000));
      const steps = Array.from({ length: 50 }, (_, step) => attemptEntry(run, `step ${step}`, { output }));
      await journal.write([runEntry(run), ...steps], 'relaxed');
    };
    for (const run of ['one', 'two', 'three']) {
      const before = bytes();
      await write(run);
      vi.advanceTimersByTime(200);
      await write(`${run} more`);
      vi.advanceTimersByTime(200);
      expect(bytes()).toBe(before);
      vi.advanceTimersByTime(200);
      expect(bytes()).toBeGreaterThan(before + 200_000);
    }
    journal.close();
    vi.advanceTimersByTime(10_000);
  });

  it('rejects with all of its group where another process writes for too long, and none of it is there', async () => {
    const path = join(tempFolder(), 'journal.sqlite');
    const journal = open(path, { busyMs: 20 });
    await journal.write([runEntry('one')], 'full');
    const other = connect(path);
    other.exec('BEGIN IMMEDIATE');
    const group = [
      journal.write([runEntry('two'), attemptEntry('two', 'a')], 'relaxed'),
      journal.write([attemptEntry('one', 'b')], 'full'),
    ];
    for (const call of group)
      await expect(call).rejects.toMatchObject({
        code: 'BATCH_JOURNAL_UNUSABLE',
        path,
        isRetryable: true,
        message: expect.stringContaining('try again'),
        cause: expect.objectContaining({ errcode: 5 }),
      });
    other.exec('ROLLBACK');
    expect(journal.runs().map(({ id }) => id)).toEqual(['one']);
    await journal.write([runEntry('three'), attemptEntry('three', 'c'), attemptEntry('two', 'd')], 'relaxed');
    expect(journal.load('three')?.attempts.map(({ step }) => step)).toEqual(['c']);
    expect(journal.load('one')?.attempts).toEqual([]);
  });

  it('writes nothing of a group of which one entry cannot be written', async () => {
    const journal = open(join(tempFolder(), 'journal.sqlite'));
    await journal.write([runEntry('one')], 'full');
    const wrong = attemptEntry('one', 'b', { startedAtMs: undefined as never });
    const calls = [journal.write([runEntry('two'), attemptEntry('one', 'a')], 'full'), journal.write([wrong], 'full')];
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'BATCH_JOURNAL_UNUSABLE' });
    // The number that it had for a moment is another's.
    await journal.write([runEntry('three')], 'full');
    await journal.write([attemptEntry('two', 'a')], 'full');
    expect(journal.runs().map(({ id }) => id)).toEqual(['three', 'one']);
    for (const id of ['one', 'three']) expect(journal.load(id)?.attempts).toEqual([]);
  });

  it('never goes to another run than its own, though that was removed by another process', async () => {
    const path = join(tempFolder(), 'journal.sqlite');
    const [journal, other] = [open(path), open(path)];
    await journal.write([runEntry('one')], 'relaxed');
    other.remove('one');
    await other.write([runEntry('two')], 'relaxed');
    await journal.write([attemptEntry('one', 'late')], 'relaxed');
    expect(journal.load('one')).toBeUndefined();
    expect(journal.load('two')?.attempts).toEqual([]);
  });

  it('is not believed any more once the disk has failed to make one sure', async () => {
    const journal = open(join(tempFolder(), 'journal.sqlite'));
    await journal.write([runEntry('one')], 'relaxed');
    const { run } = StatementSync.prototype;
    const failing = vi.spyOn(StatementSync.prototype, 'run').mockImplementation(function (
      this: StatementSync,
      ...values
    ) {
      if (this.sourceSQL !== 'COMMIT') return Reflect.apply(run, this, values);
      throw Object.assign(new Error('disk I/O error'), { errcode: 1034 });
    });
    const failed = journal.write([attemptEntry('one', 'a')], 'full');
    await expect(failed).rejects.toMatchObject({ code: 'BATCH_JOURNAL_UNUSABLE', isRetryable: false });
    failing.mockRestore();
    await expect(journal.write([attemptEntry('one', 'b')], 'full')).rejects.toThrow('Check the disk');
    expect(journal.load('one')?.attempts).toEqual([]);
  });

  it('forgets a workflow with the last of its runs', async () => {
    const path = join(tempFolder(), 'journal.sqlite');
    const journal = open(path);
    await journal.write([runEntry('a', { name: 'a' }), runEntry('b'), runEntry('c')], 'relaxed');
    journal.remove('a');
    journal.remove('b');
    expect(connect(path).prepare('SELECT count(*) AS count FROM workflows').get()).toEqual({ count: 1 });
    expect(journal.runs().map(({ id }) => id)).toEqual(['c']);
  });

  it('is refused where its tables are others than it says', () => {
    const path = join(tempFolder(), 'journal.sqlite');
    sqliteJournal({ path }).close();
    const connection = connect(path);
    connection.exec('ALTER TABLE runs DROP COLUMN file');
    expect(() => sqliteJournal({ path })).toThrow(expect.objectContaining({ code: 'BATCH_JOURNAL_UNUSABLE', path }));
  });

  it('takes what an earlier release has written on to the layout of today', async () => {
    const path = join(tempFolder(), 'journal.sqlite');
    const first = sqliteJournal({ path });
    await first.write([runEntry('one', { endedAtMs: 5 })], 'full');
    first.close();
    const connection = connect(path);
    connection.exec(
      `ALTER TABLE runs DROP COLUMN undone_at; ALTER TABLE runs DROP COLUMN file; ALTER TABLE attempts DROP COLUMN question;
      ALTER TABLE attempts DROP COLUMN touched; ALTER TABLE attempts DROP COLUMN list; ALTER TABLE attempts ADD COLUMN undeclared TEXT;
      PRAGMA user_version = 1`,
    );
    connection.close();
    const [journal, other] = [open(path), open(path)];
    expect(journal.load('one')?.run).toMatchObject({ id: 'one', endedAtMs: 5 });
    await journal.write(
      [
        { type: 'run-state', run: 'one', state: 'undone', undoneAtMs: 7 },
        attemptEntry('one', 'sure', { question: 'Really?' }),
      ],
      'full',
    );
    expect(other.load('one')?.attempts[0]?.question).toBe('Really?');
    expect(other.load('one')?.run).toMatchObject({ state: 'undone', endedAtMs: 5, undoneAtMs: 7 });
  });
});
