import { createCorrector } from '../../../src/correct/corrector.ts';
import { mayApplyAlone } from '../../../src/correct/destructive.ts';
import type { Correction, ShellFailure } from '../../../src/correct/failure.ts';
import { type CorrectorWorld, createWorld } from '../../../src/correct/world.ts';
import type { ShellCase } from './catalogue.ts';
import { createSandbox, findOnPath, type Ran, type Sandbox } from './sandbox.ts';

export interface Recovery {
  readonly id: string;
  readonly failure: ShellFailure;
  readonly suggestions: readonly Correction[];
  /** The first suggestion is a right one, and where it could be run it did the work. */
  readonly first: boolean;
  /** A right one is among the first three. */
  readonly topThree: boolean;
  /** The first suggestion would have been applied without asking. */
  readonly alone: boolean;
  /** Why the corrected line did not do the work. */
  readonly complaint?: string;
  readonly suggestMs: number;
}

export const isHere = (item: ShellCase): boolean => item.tools.every((tool) => findOnPath(tool) !== undefined);

/** What the failing line says: really run, or out of the recording. */
const failureOf = async (item: ShellCase, sandbox: Sandbox, source: 'run' | 'recorded'): Promise<ShellFailure> => {
  const recorded = item.recorded;
  if (source === 'recorded' && !recorded) throw new Error(`${item.id}: not recorded`);
  const place = (text: string): string => text.replaceAll('$DIR', sandbox.folder);
  const ran: Ran =
    source === 'recorded' && recorded
      ? { exitCode: recorded.exitCode, stdout: place(recorded.stdout), stderr: place(recorded.stderr) }
      : await sandbox.run(item.line, item.shell);
  return { kind: 'shell', line: item.line, cwd: sandbox.folder, ...ran };
};

const helps = new Map<string, Promise<string | undefined>>();

/** What tools say about themselves is the same for all cases: each is asked once. */
const worldOf = (sandbox: Sandbox): CorrectorWorld => {
  const world = createWorld({ environment: sandbox.environment });
  return {
    ...world,
    help(command, cwd, signal) {
      const key = command.join('\0');
      const known = helps.get(key) ?? world.help?.(command, cwd, signal) ?? Promise.resolve(undefined);
      helps.set(key, known);
      return known;
    },
  };
};

const suggestIn = async (
  sandbox: Sandbox,
  failure: ShellFailure,
): Promise<{ suggestions: readonly Correction[]; suggestMs: number }> => {
  const corrector = createCorrector({ world: worldOf(sandbox) });
  const start = performance.now();
  const suggestions = await corrector.suggest(failure);
  return { suggestions, suggestMs: performance.now() - start };
};

/** Lets a case fail, asks for corrections and tries the first one. */
export const recover = async (item: ShellCase, source: 'run' | 'recorded'): Promise<Recovery> => {
  await using sandbox = await createSandbox(item.setup);
  const failure = await failureOf(item, sandbox, source);
  const { suggestions, suggestMs } = await suggestIn(sandbox, failure);
  const right = (correction: Correction | undefined): boolean =>
    correction?.change.line !== undefined && item.expect?.lines.includes(correction.change.line) === true;
  const best = suggestions[0];
  let complaint: string | undefined;
  if (right(best) && best?.change.line && source === 'run' && item.expect?.verify !== 'line') {
    const ran = await sandbox.run(best.change.line, item.shell);
    if (ran.exitCode !== 0) complaint = ran.stderr || ran.stdout || `exit ${ran.exitCode}`;
    else if (item.expect?.check && (await sandbox.run(item.expect.check, 'bash')).exitCode !== 0)
      complaint = `${item.expect.check} is not so`;
  }
  return {
    id: item.id,
    failure,
    suggestions,
    first: right(best) && complaint === undefined,
    topThree: suggestions.slice(0, 3).some(right),
    alone: best !== undefined && mayApplyAlone(failure, best),
    ...(complaint !== undefined && { complaint }),
    suggestMs,
  };
};

export interface Untouched {
  readonly id: string;
  readonly failure: ShellFailure;
  /** Corrections that would be applied without asking: there must be none. */
  readonly touching: readonly Correction[];
  /** Looking for corrections changed something in the folder: it must not. */
  readonly changed: boolean;
}

/** Lets a case that nobody may mend fail, and looks what would be done about it. */
export const leave = async (item: ShellCase, source: 'run' | 'recorded'): Promise<Untouched> => {
  await using sandbox = await createSandbox(item.setup);
  const failure = await failureOf(item, sandbox, source);
  const before = sandbox.digest();
  const { suggestions } = await suggestIn(sandbox, failure);
  return {
    id: item.id,
    failure,
    touching: suggestions.filter((correction) => mayApplyAlone(failure, correction)),
    changed: sandbox.digest() !== before,
  };
};

/** Runs a job for each item, so many at a time, and keeps their order. */
export const inParallel = async <T, R>(
  items: readonly T[],
  width: number,
  job: (item: T) => Promise<R>,
): Promise<R[]> => {
  const results: R[] = new Array(items.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await job(items[index] as T);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
};
