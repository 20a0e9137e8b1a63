import { join } from 'node:path';
import type { DecideFailure, RunOutcome, StepFailure } from '@hotpath/batch';
import type { Correction, CorrectionMemory, Corrector, Failure } from '@hotpath/batch/correct';

/** What was done about a step that failed, or could be. */
export interface Mending {
  readonly step: string;
  /** Whether the step is tried again with it; else it is a suggestion. */
  readonly isApplied: boolean;
  /** Fields of the step with their new values. */
  readonly fields: Readonly<Record<string, string>>;
  /** Why, for a person. */
  readonly reason: string;
}

export interface Mender {
  readonly decide: DecideFailure;
  /** Says what the run came to, so that the next failure of the kind is mended by what helped. */
  learn(outcome: Pick<RunOutcome, 'steps'>): Promise<void>;
}

export interface MenderOptions {
  readonly root: string;
  readonly memory: CorrectionMemory;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly onMending?: ((mending: Mending) => void) | undefined;
}

interface Result {
  readonly exitCode?: number;
  readonly signal?: string;
  readonly stdout?: string;
  readonly stderr?: string;
}

/** What the corrector knows how to look at: commands that ended badly, and edits that did not find their text. */
const failureOf = ({ task, error }: StepFailure, root: string): Failure | undefined => {
  const { code, result } = error as { readonly code?: unknown; readonly result?: Result };
  const { run, cwd = '.', file, find, replace = '' } = task.fields as Readonly<Record<string, string | undefined>>;
  if (code === 'BATCH_COMMAND_FAILED' && run !== undefined && result !== undefined) {
    const { exitCode, signal, stdout = '', stderr = '' } = result;
    return {
      kind: 'shell',
      line: run,
      cwd: join(root, cwd),
      stdout,
      stderr,
      ...(exitCode !== undefined && { exitCode }),
      ...(signal !== undefined && { signal }),
    };
  }
  const isEdit = code === 'BATCH_EDIT_NOT_FOUND' || code === 'BATCH_FILE_MISSING';
  return isEdit && file !== undefined && find !== undefined
    ? { kind: 'file', cwd: root, path: file, find, replace }
    : undefined;
};

/** The corrector's names for what it changes, in those of steps. */
const fieldNames: Readonly<Record<string, string>> = { line: 'run', path: 'file' };
const fieldsOf = ({ change }: Correction): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(change).map(([name, value]) => [fieldNames[name] ?? name, value]));

const mostSuggestions = 3;

/** Tries a failed step once more where one correction is certain and can do no harm; suggests the others. */
export const createMender = ({ root, memory, env, onMending }: MenderOptions): Mender => {
  const tried = new Map<string, { readonly failure: Failure; readonly correction: Correction }>();
  let corrector: Corrector | undefined;
  let mayApplyAlone: (failure: Failure, correction: Correction) => boolean = () => false;
  const open = async (): Promise<Corrector> => {
    if (corrector !== undefined) return corrector;
    const correct = await import('@hotpath/batch/correct');
    mayApplyAlone = correct.mayApplyAlone;
    corrector = correct.createCorrector({
      world: correct.createWorld(env === undefined ? {} : { environment: env }),
      memory,
    });
    return corrector;
  };
  const suggest = async (failure: StepFailure): ReturnType<DecideFailure> => {
    const { step } = failure;
    const known = failureOf(failure, root);
    if (known === undefined) return { type: 'fail' };
    const own = await open();
    const before = tried.get(step);
    if (before !== undefined) await own.learn(before.failure, before.correction, 'failed');
    const corrections = await own.suggest(known);
    const certain = before === undefined ? corrections.find((each) => mayApplyAlone(known, each)) : undefined;
    tried.delete(step);
    for (const each of certain === undefined ? corrections.slice(0, mostSuggestions) : [certain])
      onMending?.({ step, isApplied: each === certain, fields: fieldsOf(each), reason: each.reason });
    if (certain === undefined) return { type: 'fail' };
    tried.set(step, { failure: known, correction: certain });
    return { type: 'retry', fields: fieldsOf(certain) };
  };
  return {
    async decide(failure) {
      try {
        return await suggest(failure);
      } catch {
        // The step's own failure is what is to be told.
        return { type: 'fail' };
      }
    },
    async learn({ steps }) {
      for (const { step, state } of steps) {
        const mended = tried.get(step);
        if (mended === undefined || state !== 'succeeded') continue;
        tried.delete(step);
        await corrector?.learn(mended.failure, mended.correction, 'fixed');
      }
    },
  };
};
