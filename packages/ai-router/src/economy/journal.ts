import type { SQLInputValue, StatementSync } from 'node:sqlite';
import type { Protocol } from '../wire-format.ts';
import type { EconomyView } from './economy-view.ts';
import { openJournalFile } from './journal-file.ts';
import { isDead, type KnownOwner, type Owner } from './owner.ts';

/**
 * `queued`: collected. `submitting`: on its way, and nobody knows whether it arrived. `submitted`: the provider has it.
 * `done`: answered. `live`: asked for in another way meanwhile; what the batch says of it is of no use.
 */
export type JobState = 'queued' | 'submitting' | 'submitted' | 'done' | 'live';

/** What a provider is asked, whoever asks. */
export interface JobRequest {
  /** Of the request, its target and its tenant. */
  readonly fingerprint: string;
  /** Whether everybody who asks the same may have its answer. Else each answer is for one who asks. */
  readonly shared: boolean;
  readonly provider: string;
  readonly scope: string;
  readonly protocol: Protocol;
  readonly model: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly deadlineAt: number;
  /** Where the answer goes if nobody waits for it any more, as its writer spells it. */
  readonly destination: string;
}

export interface Job extends Omit<JobRequest, 'body'> {
  /** Its `custom_id`. */
  readonly id: string;
  readonly owner: string;
  readonly state: JobState;
  readonly bytes: number;
  readonly submission?: string;
  /** JSON of the provider's answer, where it is `done`. */
  readonly answer?: string;
}

/** What a job asks, and for whom. */
export interface QueuedBody extends Pick<Job, 'destination'> {
  readonly customId: string;
  readonly body: string;
}

export interface Submission {
  readonly id: string;
  readonly owner: string;
  readonly provider: string;
  readonly scope: string;
  /** The credential it went out with. */
  readonly account: string;
  readonly protocol: Protocol;
  readonly headers: Readonly<Record<string, string>>;
  readonly state: 'submitting' | 'submitted';
  readonly batchId?: string;
  /** Epoch milliseconds. */
  readonly sentAt: number;
}

const monthMs = 2_592_000_000;

type Row = Record<string, SQLInputValue>;

const jobColumns =
  'id, owner, fingerprint, shared, provider, scope, protocol, model, headers, bytes, deadline_at, destination, state, submission, answer';

const readJob = (row: Row): Job => ({
  id: String(row.id),
  owner: String(row.owner),
  fingerprint: String(row.fingerprint),
  shared: row.shared === 1,
  provider: String(row.provider),
  scope: String(row.scope),
  protocol: row.protocol as Protocol,
  model: String(row.model),
  headers: JSON.parse(String(row.headers)),
  bytes: Number(row.bytes),
  deadlineAt: Number(row.deadline_at),
  destination: String(row.destination),
  state: row.state as JobState,
  ...(row.submission !== null && { submission: String(row.submission) }),
  ...(row.answer !== null && { answer: String(row.answer) }),
});

const readSubmission = (row: Row): Submission => ({
  id: String(row.id),
  owner: String(row.owner),
  provider: String(row.provider),
  scope: String(row.scope),
  account: String(row.account),
  protocol: row.protocol as Protocol,
  headers: JSON.parse(String(row.headers)),
  state: row.state as Submission['state'],
  ...(row.batch_id !== null && { batchId: String(row.batch_id) }),
  sentAt: Number(row.sent_at),
});

/**
 * What the lane has promised, in one SQLite file that several processes may use. Each job and each submission has an owner:
 * only that one moves it on until the provider has it. What is said of single jobs outlives the process from the next turn of
 * the event loop on, all else at once; what goes out to a provider is on disk before it does.
 */
export interface Journal {
  /** Adds a job in state `queued`. */
  add(id: string, request: JobRequest, createdAt: number): void;
  job(id: string): Job | undefined;
  /** Jobs of this fingerprint that are not `live`, the oldest first. */
  matching(fingerprint: string, shared: boolean): readonly Job[];
  /** The owner's jobs in this state. */
  owned(state: JobState): readonly Job[];
  jobsOf(submission: string): readonly Job[];
  /** How many jobs are in it. */
  sizeOf(submission: string): number;
  /** Whether any of its jobs is not `live`. */
  isWanted(submission: string): boolean;
  bodiesOf(submission: string): readonly QueuedBody[];
  submissions(): readonly Submission[];
  /** Of all owners, the newest first. */
  batches(most: number): EconomyView['batches'];
  isKnownBatch(batchId: string): boolean;
  /** Writes down what goes out now. Returns the jobs that are in it: those that are still queued and ours. */
  submit(submission: Omit<Submission, 'owner' | 'state' | 'batchId'>, jobs: readonly string[]): readonly string[];
  /** It goes out once more, without what is not wanted any more. Returns whether it is ours. */
  resubmit(submission: string, sentAt: number): boolean;
  submitted(submission: string, batchId: string): void;
  /** Returns those that were there to be answered. */
  answer(answers: readonly { readonly id: string; readonly answer: string }[]): readonly Job[];
  /** Our jobs whose time is over, answered or not. */
  expired(now: number): readonly Job[];
  live(id: string): void;
  extend(id: string, deadlineAt: number): void;
  drop(id: string): void;
  /** Nothing more is expected of it. */
  end(submission: string): void;
  /** Is heard of, and hears who is not: their jobs and submissions are ours where `takes` says so. Returns how many. */
  beat(now: number, takes: (of: { readonly provider: string; readonly scope: string }) => boolean): number;
  /** Takes one job over where its owner is dead, with all that went out with it. Returns whether it is ours. */
  adopt(id: string, now: number): boolean;
  /** Leaves everything to others. */
  close(): void;
}

/** `onError`: told what went wrong with jobs that were added. Throws `ROUTER_JOURNAL_UNUSABLE`. */
export function openJournal(path: string, owner: Owner, onError: (error: unknown) => void): Journal {
  const connection = openJournalFile(path);
  const statements = new Map<string, StatementSync>();
  // In all statements a plain "?" for each value: Node 22 does not bind the numbered ones.
  const prepared = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known) return known;
    const statement = connection.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  const run = (sql: string, ...values: SQLInputValue[]): number => Number(prepared(sql).run(...values).changes);
  const all = (sql: string, ...values: SQLInputValue[]): Row[] => prepared(sql).all(...values) as Row[];
  let isGathering = false;
  const commit = (): void => {
    if (!isGathering) return;
    isGathering = false;
    connection.exec('COMMIT');
  };
  /** What comes in one turn of the event loop is one transaction: thousands of requests of a batch may come at once. */
  const gather = (): void => {
    if (isGathering) return;
    connection.exec('BEGIN IMMEDIATE');
    isGathering = true;
    setImmediate(() => {
      try {
        commit();
      } catch (error) {
        if (connection.isTransaction) connection.exec('ROLLBACK');
        onError(error);
      }
    });
  };
  const together = <Value>(act: () => Value): Value => {
    commit();
    connection.exec('BEGIN IMMEDIATE');
    try {
      const value = act();
      connection.exec('COMMIT');
      return value;
    } catch (error) {
      if (connection.isTransaction) connection.exec('ROLLBACK');
      throw error;
    }
  };

  /** What is written down before a batch goes out must outlive a power cut as well, and all that was written before it. */
  const onDisk = <Value>(act: () => Value): Value => {
    commit();
    connection.exec('PRAGMA synchronous = FULL');
    try {
      return together(act);
    } finally {
      connection.exec('PRAGMA synchronous = NORMAL');
    }
  };

  const beatSql = `INSERT INTO owners (id, host, pid, beat_at) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET beat_at = excluded.beat_at`;
  const heard = (now: number): void => void run(beatSql, owner.id, owner.host, owner.pid, now);
  const owners = (): Map<string, KnownOwner> =>
    new Map(
      all('SELECT id, host, pid, beat_at FROM owners').map((row) => {
        const id = String(row.id);
        return [id, { id, host: String(row.host), pid: Number(row.pid), beatAt: Number(row.beat_at) }];
      }),
    );
  /** Who left in order is not among the owners any more. */
  const isLeft = (id: string, known: Map<string, KnownOwner>, now: number): boolean => {
    const found = known.get(id);
    return id !== owner.id && (!found || isDead(found, now));
  };

  // By the index alone: the rows hold what was asked.
  const sizeOf = (submission: string): number =>
    Number(all('SELECT count(*) AS jobs FROM jobs WHERE submission = ?', submission)[0]?.jobs);
  /** How many requests are in those that were shown last: a page asks every few seconds, and there may be 50,000 in each. */
  let counted = new Map<string, number>();

  return {
    add(id, request, createdAt) {
      const { fingerprint, shared, provider, scope, protocol, model, headers, body, deadlineAt, destination } = request;
      gather();
      run(
        `INSERT INTO jobs (id, owner, fingerprint, shared, provider, scope, protocol, model, headers, body, bytes, deadline_at,
           destination, state, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?)`,
        ...[id, owner.id, fingerprint, shared ? 1 : 0, provider, scope, protocol, model, JSON.stringify(headers)],
        ...[body, Buffer.byteLength(body), deadlineAt, destination, createdAt],
      );
    },
    job(id) {
      const [row] = all(`SELECT ${jobColumns} FROM jobs WHERE id = ?`, id);
      return row && readJob(row);
    },
    matching: (fingerprint, shared) =>
      all(
        `SELECT ${jobColumns} FROM jobs WHERE fingerprint = ? AND shared = ? AND state <> 'live' ORDER BY created_at, rowid`,
        ...[fingerprint, shared ? 1 : 0],
      ).map(readJob),
    owned: (state) =>
      all(
        `SELECT ${jobColumns} FROM jobs WHERE owner = ? AND state = ? ORDER BY created_at, rowid`,
        owner.id,
        state,
      ).map(readJob),
    jobsOf: (submission) => all(`SELECT ${jobColumns} FROM jobs WHERE submission = ?`, submission).map(readJob),
    sizeOf,
    isWanted: (submission) =>
      all("SELECT 1 FROM jobs WHERE submission = ? AND state <> 'live' LIMIT 1", submission).length > 0,
    bodiesOf: (submission) =>
      all(
        "SELECT id, body, destination FROM jobs WHERE submission = ? AND state = 'submitting' ORDER BY created_at, rowid",
        submission,
      ).map(({ id, body, destination }) => ({
        customId: String(id),
        body: String(body),
        destination: String(destination),
      })),
    submissions: () =>
      all('SELECT * FROM submissions WHERE owner = ? ORDER BY sent_at, id', owner.id).map(readSubmission),
    batches(most) {
      const rows = all(
        'SELECT id, provider, batch_id, state, sent_at, owner FROM submissions ORDER BY sent_at DESC, id LIMIT ?',
        most,
      );
      const known = counted;
      counted = new Map();
      return rows.map((row) => {
        // As it went out: whoever sends it once more does so at another time.
        const asSent = `${row.id} ${row.sent_at} ${row.state}`;
        const requests = known.get(asSent) ?? sizeOf(String(row.id));
        counted.set(asSent, requests);
        return {
          provider: String(row.provider),
          batchId: row.batch_id === null ? undefined : String(row.batch_id),
          state: row.state as Submission['state'],
          requests,
          sentAt: Number(row.sent_at),
          isOwn: row.owner === owner.id,
        };
      });
    },
    isKnownBatch: (batchId) => all('SELECT 1 FROM submissions WHERE batch_id = ?', batchId).length > 0,
    submit: ({ id, provider, scope, account, protocol, headers, sentAt }, jobs) =>
      onDisk(() => {
        const taken = jobs.filter(
          (job) =>
            run(
              "UPDATE jobs SET state = 'submitting', submission = ? WHERE id = ? AND owner = ? AND state = 'queued'",
              ...[id, job, owner.id],
            ) > 0,
        );
        if (taken.length === 0) return taken;
        run(
          `INSERT INTO submissions (id, owner, provider, scope, account, protocol, headers, state, sent_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, 'submitting', ?)`,
          ...[id, owner.id, provider, scope, account, protocol, JSON.stringify(headers), sentAt],
        );
        return taken;
      }),
    resubmit: (submission, sentAt) =>
      onDisk(() => {
        run("DELETE FROM jobs WHERE submission = ? AND state = 'live'", submission);
        return run('UPDATE submissions SET sent_at = ? WHERE id = ? AND owner = ?', sentAt, submission, owner.id) > 0;
      }),
    submitted: (submission, batchId) =>
      together(() => {
        run("UPDATE submissions SET state = 'submitted', batch_id = ? WHERE id = ?", batchId, submission);
        run("UPDATE jobs SET state = 'submitted' WHERE submission = ? AND state = 'submitting'", submission);
      }),
    answer: (answers) =>
      together(() =>
        answers.flatMap(({ id, answer }) =>
          all(
            `UPDATE jobs SET state = 'done', answer = ?, body = '' WHERE id = ? AND state IN ('submitting', 'submitted')
             RETURNING ${jobColumns}`,
            ...[answer, id],
          ).map(readJob),
        ),
      ),
    expired: (now) =>
      all(`SELECT ${jobColumns} FROM jobs WHERE owner = ? AND deadline_at <= ? AND state <> 'live'`, owner.id, now).map(
        readJob,
      ),
    live(id) {
      gather();
      run("UPDATE jobs SET state = 'live', body = '' WHERE id = ?", id);
    },
    extend(id, deadlineAt) {
      gather();
      run('UPDATE jobs SET deadline_at = max(deadline_at, ?) WHERE id = ?', deadlineAt, id);
    },
    drop(id) {
      gather();
      run('DELETE FROM jobs WHERE id = ?', id);
    },
    end: (submission) =>
      together(() => {
        run("DELETE FROM jobs WHERE submission = ? AND state <> 'done'", submission);
        run('UPDATE jobs SET submission = NULL WHERE submission = ?', submission);
        run('DELETE FROM submissions WHERE id = ?', submission);
      }),
    beat: (now, takes) =>
      together(() => {
        heard(now);
        const known = owners();
        let taken = 0;
        for (const table of ['submissions', 'jobs']) {
          for (const row of all(`SELECT DISTINCT owner, provider, scope FROM ${table} WHERE owner <> ?`, owner.id)) {
            const [from, provider, scope] = [String(row.owner), String(row.provider), String(row.scope)];
            if (!isLeft(from, known, now) || !takes({ provider, scope })) continue;
            const sql = `UPDATE ${table} SET owner = ? WHERE owner = ? AND provider = ? AND scope = ?`;
            taken += run(sql, owner.id, from, provider, scope);
          }
        }
        for (const { id } of known.values()) if (isLeft(id, known, now)) run('DELETE FROM owners WHERE id = ?', id);
        // Nobody is there to wait for them, or to move them on: results are kept by no provider for longer than a month.
        for (const id of all('SELECT DISTINCT owner FROM jobs').map((row) => String(row.owner))) {
          if (!isLeft(id, known, now)) continue;
          run('DELETE FROM jobs WHERE owner = ? AND deadline_at <= ? AND submission IS NULL', id, now);
          run('DELETE FROM jobs WHERE owner = ? AND deadline_at <= ?', id, now - monthMs);
        }
        run(
          'DELETE FROM submissions WHERE sent_at <= ? AND id NOT IN (SELECT submission FROM jobs WHERE submission IS NOT NULL)',
          now - monthMs,
        );
        return taken;
      }),
    adopt: (id, now) =>
      together(() => {
        const [row] = all('SELECT owner, submission FROM jobs WHERE id = ?', id);
        if (!row) return false;
        const from = String(row.owner);
        if (from === owner.id) return true;
        if (!isLeft(from, owners(), now)) return false;
        run('UPDATE jobs SET owner = ? WHERE id = ?', owner.id, id);
        const { submission = null } = row;
        run('UPDATE jobs SET owner = ? WHERE submission = ?', owner.id, submission);
        run('UPDATE submissions SET owner = ? WHERE id = ?', owner.id, submission);
        return true;
      }),
    close() {
      commit();
      run('DELETE FROM owners WHERE id = ?', owner.id);
      connection.close();
    },
  };
}
