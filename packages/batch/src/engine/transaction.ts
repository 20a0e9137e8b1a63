import { randomUUID } from 'node:crypto';
import { workspaceUnknown } from '../errors.ts';
import type { EffectRecord, Journal } from '../journal/journal.ts';
import type { Conflict, Workspace } from '../workspace/workspace.ts';
import type { Changes } from './task.ts';
import { createUnsureChanges } from './unsure-changes.ts';

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
  /** Carries out what a step wants changed. When it rejects, nothing of it has happened. `seal` says whether it still may. */
  apply(step: string, attempt: number, changes: readonly Changes[], seal: () => boolean, order?: string): Promise<void>;
  /** Brings to the files what workspaces hold back, all of it or that of some files. When it rejects, nothing of it has happened. */
  flush(isMeant?: (path: string) => boolean): Promise<void>;
  /** Gives workspaces back what only the memory of an earlier process had. */
  restore(): Promise<readonly Conflict[]>;
  /** Takes back what is not undone yet, the last first; only that of steps for which `isMeant`, if given. */
  undo(isMeant?: (effect: EffectRecord) => boolean): Promise<UndoReport>;
  /** From where on changes have to be taken back since some of them were lost with the power; `undefined`: none was. */
  firstLost(): Promise<number | undefined>;
  /** What `undo` would leave. */
  check(): Promise<readonly Conflict[]>;
  /** Makes sure that all that was applied survives the loss of power. */
  sync(): Promise<void>;
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
export const forget = async (run: string, journal: Journal, transaction: Transaction): Promise<void> => {
  await journal.write([{ type: 'run-state', run, state: 'undoing' }], 'full');
  await transaction.forget();
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
  const undoOne = async (effect: EffectRecord): Promise<readonly Conflict[]> => {
    const conflicts = await workspaceOf(effect.workspace).undo(effect.intent);
    await journal.write([{ type: 'effect-undone', run, sequence: effect.sequence }], 'relaxed');
    done.splice(done.indexOf(effect), 1);
    return conflicts;
  };

  /** What was in the way of one, for the power had taken what came before it, may be in order by the end. */
  const remaining = async (
    undone: readonly EffectRecord[],
    conflicts: readonly Conflict[],
  ): Promise<readonly Conflict[]> => {
    if (conflicts.length === 0) return conflicts;
    const restored = new Set<string>();
    for (const workspace of workspaces) {
      const intents = undone.filter((effect) => effect.workspace === workspace.name).map(({ intent }) => intent);
      const paths = conflicts.map(({ path }) => path);
      for (const path of (await workspace.restored?.(intents.reverse(), paths)) ?? []) restored.add(path);
    }
    return conflicts.filter(({ path }) => !restored.has(path));
  };

  const intentsByWorkspace = (): [Workspace, string[]][] => {
    const ordered = [...done].sort((a, b) => a.sequence - b.sequence);
    const names = [...new Set(ordered.map(({ workspace }) => workspace))];
    return names.map((name) => [
      workspaceOf(name),
      ordered.filter(({ workspace }) => workspace === name).map(({ intent }) => intent),
    ]);
  };

  const unsure = new Map(workspaces.map(({ name }) => [name, createUnsureChanges()]));
  /**
   * What changes the same again, or moves it, is taken back rightly only where that stands which it was made from: that must not be
   * lost alone.
   */
  const makeSureBefore = async (changes: readonly Changes[]): Promise<void> => {
    await Promise.all(
      changes.map(async ({ workspace, touched }) => {
        const intents = unsure.get(workspace)?.take(touched) ?? [];
        if (intents.length > 0) await workspaceOf(workspace).sync(intents);
      }),
    );
  };

  const carryOut: Transaction['apply'] = async (step, attempt, changes, seal, order) => {
    await makeSureBefore(changes);
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
      for (const [at, { workspace, touched }] of changes.entries())
        unsure.get(workspace)?.add((own[at] as EffectRecord).intent, touched);
    } catch (error) {
      for (const effect of own.reverse()) await undoOne(effect);
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
        intentsByWorkspace().map(([workspace, intents]) => workspace.restore?.(run, intents) ?? []),
      );
      return found.flat();
    },
    async undo(isMeant = () => true) {
      const conflicts: Conflict[] = [];
      const steps = new Set<string>();
      const meant = done.filter(isMeant).sort((a, b) => b.sequence - a.sequence);
      for (const effect of meant) {
        conflicts.push(...(await undoOne(effect)));
        steps.add(effect.step);
      }
      return { steps: [...steps], conflicts: await remaining(meant, conflicts) };
    },
    async firstLost() {
      const ordered = [...done].sort((a, b) => a.sequence - b.sequence);
      const lost: EffectRecord[] = [];
      for (const workspace of workspaces) {
        const own = ordered.filter((effect) => effect.workspace === workspace.name);
        const numbers = (await workspace.lost?.(own.map(({ intent }) => intent))) ?? [];
        lost.push(...numbers.map((number) => own[number] as EffectRecord));
      }
      if (lost.length === 0) return undefined;
      // All that a step has changed goes, or nothing of it; flushes are many.
      const isOfLost = ({ step, attempt }: EffectRecord): boolean =>
        step !== flushStep && lost.some((effect) => effect.step === step && effect.attempt === attempt);
      return Math.min(...[...lost, ...ordered.filter(isOfLost)].map((effect) => effect.sequence));
    },
    async check() {
      const found = await Promise.all(intentsByWorkspace().map(([workspace, intents]) => workspace.check(intents)));
      return found.flat();
    },
    async sync() {
      await Promise.all(intentsByWorkspace().map(([workspace, intents]) => workspace.sync(intents)));
    },
    async forget() {
      for (const workspace of workspaces) await workspace.forget(run);
    },
    release() {
      for (const workspace of workspaces) workspace.release?.(run);
    },
  };
};
