import { join } from 'node:path';
import type { DecideFailure, StepFailure } from '../engine/step-work.ts';
import type { CommandFailure } from '../errors/tasks.ts';
import type { Corrector } from './corrector.ts';
import { mayApplyAlone } from './destructive.ts';
import type { Correction, Failure } from './failure.ts';

export interface CorrectFailuresOptions {
  readonly corrector: Corrector;
  /** How often one step is corrected. @default 2 */
  readonly maxCorrections?: number | undefined;
  /** Hears of every step that failed for good and could be mended, best first; `applied` is the one that is tried by itself. */
  readonly onCorrections?:
    | ((failure: StepFailure, corrections: readonly Correction[], applied: Correction | undefined) => void)
    | undefined;
  /** Asked where no correction may be applied by itself: the one to apply, or none. */
  readonly choose?:
    | ((failure: StepFailure, corrections: readonly Correction[]) => Promise<Correction | undefined>)
    | undefined;
}

interface Described {
  readonly failure: Failure;
  /** The step's own names for the fields that a correction changes. */
  readonly fields: Readonly<Record<string, string>>;
}

const named = new Set(['BATCH_AGENT_UNKNOWN', 'BATCH_FUNCTION_UNKNOWN']);

/** What failed, in the words of the corrector; `undefined`: nothing that it could mend. */
const describe = ({ error, task }: StepFailure): Described | undefined => {
  const { code, result, known, field } = error as {
    readonly code?: unknown;
    readonly result?: CommandFailure;
    readonly known?: readonly string[];
    readonly field?: string;
  };
  const { run = '', cwd = '.', file = '', find = '', replace = '' } = task.fields as Record<string, string>;
  if (code === 'BATCH_COMMAND_FAILED' && result !== undefined) {
    const { exitCode, signal, stdout, stderr } = result;
    const ended = { ...(exitCode !== undefined && { exitCode }), ...(signal !== undefined && { signal }) };
    return {
      failure: { kind: 'shell', line: run, cwd: join(task.root, cwd), stdout, stderr, ...ended },
      fields: { line: 'run' },
    };
  }
  if (task.kind === 'file' && find !== '' && (code === 'BATCH_EDIT_NOT_FOUND' || code === 'BATCH_FILE_MISSING'))
    return {
      failure: { kind: 'file', cwd: task.root, path: file, find, replace },
      fields: { path: 'file', find: 'find', replace: 'replace' },
    };
  if (typeof code === 'string' && named.has(code) && known !== undefined && field !== undefined)
    return {
      failure: { kind: 'name', field, value: String(task.fields[field]), known },
      fields: { [field]: field },
    };
  return undefined;
};

/**
 * Mends steps that failed by near misses: a name, a path, a flag, a text to find. What is sure and can do no harm is tried by
 * itself; all else is only told, or chosen by somebody. What helped is remembered for failures of the same shape.
 */
export const correctFailures = ({
  corrector,
  maxCorrections = 2,
  onCorrections,
  choose,
}: CorrectFailuresOptions): DecideFailure => {
  const corrected = new Map<string, number>();
  return async (failed) => {
    const described = describe(failed);
    if (described === undefined) return { type: 'fail' };
    const { failure, fields } = described;
    const corrections = await corrector.suggest(failure);
    if (corrections.length === 0) return { type: 'fail' };
    const key = `${failed.run}\n${failed.step}`;
    const times = corrected.get(key) ?? 0;
    const alone = times < maxCorrections ? corrections.find((each) => mayApplyAlone(failure, each)) : undefined;
    onCorrections?.(failed, corrections, alone);
    const chosen = alone ?? (await choose?.(failed, corrections));
    if (chosen === undefined) return { type: 'fail' };
    corrected.set(key, times + 1);
    return {
      type: 'retry',
      fields: Object.fromEntries(Object.entries(chosen.change).map(([name, value]) => [fields[name] ?? name, value])),
      onEnd: (isMended) => void corrector.learn(failure, chosen, isMended ? 'fixed' : 'failed').catch(() => {}),
    };
  };
};
