import { randomUUID } from 'node:crypto';
import { workspaceUnknown } from '../errors/run.ts';
import type { EffectRecord, Journal } from '../journal/journal.ts';
import type { Conflict, Workspace } from '../workspace/workspace.ts';
import type { Changes } from './task.ts';

export interface TransactionOptions {
  readonly run: string;
  readonly journal: Journal;
  readonly workspaces: readonly Workspace[];
  /** What earlier processes of the run have done. */
  readonly effects?: readonly EffectRecord[] | undefined;
}

export interface UndoReport {
  /** Steps whose changes were taken back, the last first. */
  readonly steps: readonly string[];
  readonly conflicts: readonly Conflict[];
}

/** All that a run changes, in one order, each change taken back by what the journal has of it. */
export interface Transaction {
  /**
   * Carries out what a step wants changed, and resolves when that survives the loss of power. When it rejects, nothing of it has
   * happened. `seal` says whether it still may.
   */
  apply(step: string, attempt: number, changes: readonly Changes[], seal: () => boolean, order?: string): Promise<void>;
  /** Brings to the files what workspaces hold back, all of it or that of some files. When it rejects, nothing of it has happened. */
  flush(isMeant?: (path: string) => boolean): Promise<void>;
  /** Gives workspaces back what only the memory of an earlier process had. */
  restore(): Promise<readonly Conflict[]>;
  /** Whether something of a step stands that this workspace could take back. */
  has(step: string, workspace: string): boolean;
  /** Takes back what is not undone yet, the last first; only that of steps for which `isMeant`, if given. */
  undo(isMeant?: (effect: EffectRecord) => boolean): Promise<UndoReport>;
  /** What `undo` would leave. */
  check(): Promise<readonly Conflict[]>;
  /** Drops what is kept for undo. */
  forget(): Promise<void>;
  /** Lets go of what is in memory. */
  release(): void;
}

/** The step of what the engine itself brings to the files. It stands where anything else was changed after it. */
export const flushStep = '';

/**
 * Drops what is kept of a run that was taken back, before it is said to be: whoever finds it half dropped goes on. That nothing is
 * left to be taken back is made sure first.
 */
const forget = async (run: string, journal: Journal, transaction: Transaction): Promise<void> => {
  await journal.write([{ type: 'run-state', run, state: 'undoing' }], 'full');
  await transaction.forget();
};

/** Takes back all of a run, so that whoever comes after a crash in the middle goes on with it. What conflicts name is kept. */
export const takeBack = async (run: string, journal: Journal, transaction: Transaction): Promise<UndoReport> => {
  await journal.write([{ type: 'run-state', run, state: 'undoing' }], 'full');
  const report = await transaction.undo();
  if (report.conflicts.length === 0) await forget(run, journal, transaction);
  return report;
};

export const createTransaction = ({ run, journal, workspaces, effects = [] }: TransactionOptions): Transaction => {
  const done: EffectRecord[] = effects.filter(({ isUndone }) => !isUndone);
  let sequence = effects.reduce((most, effect) => Math.max(most, effect.sequence + 1), 0);
  let prepared = 0;
  // Two processes of one run never use one name: what an earlier one has prepared may still be there.
  const process = randomUUID().slice(0, 8);

  const workspaceOf = (name: string): Workspace => {
    const found = workspaces.find((workspace) => workspace.name === name);
    if (found === undefined)
      throw workspaceUnknown(
        name,
        workspaces.map((workspace) => workspace.name),
      );
    return found;
  };
  /** Intents of what is not undone, by workspace, in their order. */
  const standingNow = (): Readonly<Record<string, readonly string[]>> => {
    const standing: Record<string, string[]> = {};
    for (const { workspace, intent } of done.toSorted((a, b) => a.sequence - b.sequence)) {
      standing[workspace] ??= [];
      standing[workspace].push(intent);
    }
    return standing;
  };
  const undoOne = async (
    effect: EffectRecord,
    standing: Readonly<Record<string, readonly string[]>>,
  ): Promise<readonly Conflict[]> => {
    const conflicts = await workspaceOf(effect.workspace).undo(effect.intent, standing[effect.workspace]);
    await journal.write([{ type: 'effect-undone', run, sequence: effect.sequence }], 'relaxed');
    done.splice(done.indexOf(effect), 1);
    return conflicts;
  };

  const byWorkspace = (some: readonly EffectRecord[]): [Workspace, string[]][] => {
    const ordered = [...some].sort((a, b) => a.sequence - b.sequence);
    const names = [...new Set(ordered.map(({ workspace }) => workspace))];
    return names.map((name) => [
      workspaceOf(name),
      ordered.filter(({ workspace }) => workspace === name).map(({ intent }) => intent),
    ]);
  };

  let unsure: EffectRecord[] = [];
  let turn: Promise<void> = Promise.resolve();
  let nextTurn: Promise<void> | undefined;
  /**
   * Resolves when these survive the loss of power: only then a step may be said to have succeeded, since whatever is written to the
   * journal may become sure by what is written after it. Those of steps that end while others are made sure share the next turn.
   */
  const makeSure = (own: readonly EffectRecord[]): Promise<void> => {
    unsure.push(...own);
    nextTurn ??= turn
      .catch(() => {})
      .then(async () => {
        const meant = unsure;
        unsure = [];
        nextTurn = undefined;
        await Promise.all(byWorkspace(meant).map(([workspace, intents]) => workspace.sync(intents)));
      });
    turn = nextTurn;
    return nextTurn;
  };

  const carryOut: Transaction['apply'] = async (step, attempt, changes, seal, order) => {
    const intents = await Promise.all(
      changes.map(async ({ workspace, changes: wanted }) => {
        prepared += 1;
        const name = `${sequence}-${prepared}-${attempt}-${process}`;
        return { workspace, intent: await workspaceOf(workspace).prepare(wanted, { run, name, order }) };
      }),
    );
    if (!seal()) return;
    const own = intents.map(({ workspace, intent }): EffectRecord => {
      const effect = { sequence, step, attempt, workspace, intent, isUndone: false };
      sequence += 1;
      return effect;
    });
    await journal.write(
      own.map((effect) => ({ type: 'effect', run, effect })),
      'full',
    );
    done.push(...own);
    try {
      for (const { workspace, intent } of own) await workspaceOf(workspace).apply(intent);
      await makeSure(own);
    } catch (error) {
      const standing = standingNow();
      for (const effect of own.reverse()) await undoOne(effect, standing);
      throw error;
    }
  };

  const flushing = workspaces.filter((workspace) => workspace.flush !== undefined);
  const applying = new Set<Promise<void>>();
  let lastFlush: Promise<void> = Promise.resolve();
  const flushAll = async (isMeant?: (path: string) => boolean): Promise<void> => {
    for (const workspace of flushing) {
      const changes = (await workspace.flush?.(run, isMeant)) ?? [];
      if (changes.length > 0) await carryOut(flushStep, 0, changes, () => true);
    }
  };

  return {
    async apply(...given) {
      // While something is flushed nothing else is applied: so a flush has the changes of whole steps, and what stands after it in
      // the journal has found it carried out.
      for (let seen: Promise<void> | undefined; seen !== lastFlush; ) {
        seen = lastFlush;
        await seen;
      }
      const work = carryOut(...given);
      const settled = work.catch(() => {});
      applying.add(settled);
      try {
        await work;
      } finally {
        applying.delete(settled);
      }
    },
    async flush(isMeant) {
      if (flushing.length === 0) return;
      const before = lastFlush;
      const work = (async () => {
        await before;
        await Promise.all(applying);
        await flushAll(isMeant);
      })();
      lastFlush = work.catch(() => {});
      await work;
    },
    async restore() {
      const found = await Promise.all(
        byWorkspace(done).map(([workspace, intents]) => workspace.restore?.(run, intents) ?? []),
      );
      return found.flat();
    },
    has: (step, workspace) => done.some((effect) => effect.step === step && effect.workspace === workspace),
    async undo(isMeant = () => true) {
      const conflicts: Conflict[] = [];
      const steps = new Set<string>();
      const meant = done.filter(isMeant).sort((a, b) => b.sequence - a.sequence);
      const standing = standingNow();
      for (const effect of meant) {
        conflicts.push(...(await undoOne(effect, standing)));
        if (effect.step !== flushStep) steps.add(effect.step);
      }
      return { steps: [...steps], conflicts };
    },
    async check() {
      const found = await Promise.all(byWorkspace(done).map(([workspace, intents]) => workspace.check(intents)));
      return found.flat();
    },
    async forget() {
      for (const workspace of workspaces) await workspace.forget(run);
    },
    release() {
      for (const workspace of workspaces) workspace.release?.(run);
    },
  };
};
