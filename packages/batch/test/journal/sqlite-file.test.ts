import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type SqliteJournal, type SqliteJournalOptions, sqliteJournal } from '../../src/journals/sqlite.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { attemptEntry, runEntry } from './support/entries.ts';

const open = (path: string, options: Partial<SqliteJournalOptions> = {}): SqliteJournal => {
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
});

describe('retention of a SQLite journal', () => {
  const fill = async (journal: SqliteJournal): Promise<void> => {
    const states = ['committed', 'running', 'undone', 'paused', 'kept', 'failed'] as const;
    for (const [number, state] of states.entries()) {
      const id = `${number} ${state}`;
      const hasEnd = state !== 'running' && state !== 'paused';
      await journal.write(
        [
          runEntry(id, { state, createdAtMs: number, ...(hasEnd && { endedAtMs: number * 1_000 }) }),
          attemptEntry(id, 'a'),
        ],
        'relaxed',
      );
    }
  };

  it('removes ended runs that are too old, and too many, and says which', async () => {
    const journal = open(join(tempFolder(), 'journal.sqlite'), { now: () => 10_000 });
    await fill(journal);
    expect(journal.prune({})).toEqual([]);
    expect(journal.prune({ maxAgeMs: 8_000 })).toEqual(['0 committed']);
    expect(journal.prune({ maxRuns: 2 })).toEqual(['2 undone']);
    expect(journal.prune({ maxRuns: 2, maxAgeMs: 8_000 })).toEqual([]);
    expect(journal.load('2 undone')).toBeUndefined();
    expect(journal.prune({ maxRuns: 0 })).toEqual(['4 kept', '5 failed']);
    expect(journal.runs().map(({ id }) => id)).toEqual(['3 paused', '1 running']);
    expect(journal.load('1 running')?.attempts.length).toBe(1);
  });

  it('forgets workflows of which no run is left, and no others', async () => {
    const path = join(tempFolder(), 'journal.sqlite');
    const journal = open(path);
    await journal.write([runEntry('a', { name: 'a', state: 'failed' }), runEntry('b', { name: 'b' })], 'relaxed');
    journal.prune({ maxRuns: 0 });
    expect(connect(path).prepare('SELECT name FROM workflows').all()).toEqual([{ name: 'b' }]);
    expect(journal.runs({ name: 'b' }).length).toBe(1);
  });
});
