import { rmSync, statSync } from 'node:fs';
import { runOfItems } from '../errors/run.ts';
import { reasonOf } from '../errors.ts';
import type { AttemptRecord, Journal, RunHistory, RunRecord, RunState } from '../journal/journal.ts';
import type { ItemCounts, ItemsEnd } from './go.ts';
import { isInUse, removeItemFile } from './item-file.ts';

/** What the journal of all runs keeps of one whose items have a file of their own. */
export interface ItemRunDefinition {
  readonly kind: 'items';
  /** The file of its items; absent where they are only in memory. */
  readonly file?: string | undefined;
  /** What else is kept for it, and goes with it. */
  readonly alongside?: readonly string[] | undefined;
  /** The command that goes on with it. */
  readonly again?: string | undefined;
}

/** How many items came to what: the output of a go, and so of the last attempt in the history of a run. */
export interface GoOutput {
  readonly items: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly left: number;
}

const mark = '{"kind":"items"';

/** What a run of items has in the place of a workflow; `undefined` for a run of a workflow. */
export const itemRunOf = ({ definition }: Pick<RunRecord, 'definition'>): ItemRunDefinition | undefined =>
  definition.startsWith(mark) ? (JSON.parse(definition) as ItemRunDefinition) : undefined;

/** Throws `BATCH_RUN_KIND` for a run of items, of which that cannot be had. */
export const refuseItemRun = (
  run: Pick<RunRecord, 'id' | 'definition'>,
  wanted: Parameters<typeof runOfItems>[1],
): void => {
  const items = itemRunOf(run);
  if (items !== undefined) throw runOfItems(run.id, wanted, items.again);
};

/** The one step of such a run; each of its goes is an attempt. */
const step = 'items';
const ended = 'its process ended';

/** A go whose process is gone has failed. */
const endedOnes = (attempts: readonly AttemptRecord[]): readonly AttemptRecord[] =>
  attempts.map((attempt) => (attempt.end === undefined ? { ...attempt, end: 'failed', error: ended } : attempt));

export interface RunRecordOptions {
  readonly journal: Journal;
  readonly id: string;
  readonly name: string;
  readonly root: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly definition: Omit<ItemRunDefinition, 'kind'>;
  /** The number of the go. */
  readonly pass: number;
  readonly startedAtMs: number;
}

/** Writes down that a go has begun; those before it stay in the history. */
export const recordStart = async (options: RunRecordOptions): Promise<void> => {
  const { journal, id, name, root, inputs, definition, pass: attempt, startedAtMs } = options;
  const known = journal.load(id);
  const run: RunRecord = {
    id,
    name,
    state: 'running',
    root,
    definition: JSON.stringify({ kind: 'items', ...definition } satisfies ItemRunDefinition),
    inputs: JSON.stringify(inputs),
    createdAtMs: known?.run.createdAtMs ?? startedAtMs,
  };
  const attempts = [...endedOnes(known?.attempts ?? []), { step, attempt, startedAtMs }];
  await journal.write(
    [{ type: 'run', run }, ...attempts.map((one) => ({ type: 'attempt', run: id, attempt: one }) as const)],
    'relaxed',
  );
};

const messageOf = (end: ItemsEnd, { items, failed, left }: GoOutput): string | undefined => {
  const rest = `${left} of ${items} are left`;
  if (end.kind === 'broken' || end.kind === 'halted') return `${reasonOf(end.error)} ${rest}.`;
  if (end.kind === 'out-of-money') return `It has cost what it may. ${rest}.`;
  if (end.kind === 'interrupted' && left > 0) return `It was stopped. ${rest}.`;
  if (left !== 0) return 'The items have changed while they were read.';
  return failed > 0 ? `${failed} of ${items} failed.` : undefined;
};

export interface EndOptions extends Pick<RunRecordOptions, 'journal' | 'id' | 'pass' | 'startedAtMs'> {
  readonly end: ItemsEnd;
  readonly output: GoOutput;
  readonly counts: Pick<ItemCounts, 'costUsd'>;
  /** What all goes have cost. */
  readonly spentUsd: number;
  readonly endedAtMs: number;
}

/** `committed`: every item succeeded. `kept`: what has ended stands. `failed`: nothing has. */
export const stateOf = (end: ItemsEnd, { succeeded, failed, left }: GoOutput): 'committed' | 'kept' | 'failed' => {
  if (end.kind !== 'broken' && left === 0 && failed === 0) return 'committed';
  return succeeded + failed > 0 ? 'kept' : 'failed';
};

export const recordEnd = async (options: EndOptions): Promise<void> => {
  const { journal, id, pass, startedAtMs, endedAtMs, end, output, counts, spentUsd } = options;
  const state: RunState = stateOf(end, output);
  const error = messageOf(end, output);
  await journal.write(
    [
      {
        type: 'attempt',
        run: id,
        attempt: {
          step,
          attempt: pass,
          startedAtMs,
          endedAtMs,
          end: state === 'committed' ? 'succeeded' : 'failed',
          output: JSON.stringify(output),
          costUsd: counts.costUsd,
          ...(error !== undefined && { error }),
        },
      },
      { type: 'run-state', run: id, state, endedAtMs, costUsd: spentUsd, ...(error !== undefined && { error }) },
    ],
    'full',
  );
};

/** Whether nobody does the items of a run any more that is said to be running. Of items that are only in memory nobody can tell. */
export const isAbandoned = (run: Pick<RunRecord, 'state' | 'definition'>): boolean => {
  const { file } = itemRunOf(run) ?? {};
  return run.state === 'running' && file !== undefined && !isInUse(file);
};

/** A run of items that is said to be running, and whose process is gone, is one that was kept. Returns whether it was such. */
export const endIfDead = async (journal: Journal, run: RunRecord, endedAtMs: number): Promise<boolean> => {
  if (!isAbandoned(run)) return false;
  const attempts = endedOnes(journal.load(run.id)?.attempts ?? []);
  await journal.write(
    [
      ...attempts.map((attempt) => ({ type: 'attempt', run: run.id, attempt }) as const),
      { type: 'run-state', run: run.id, state: 'kept', endedAtMs, error: ended },
    ],
    'relaxed',
  );
  return true;
};

/** Removes what is kept beside the journal for a run of items, unless somebody goes on with it. */
export const forgetItems = (run: RunRecord): void => {
  const { file, alongside = [] } = itemRunOf(run) ?? {};
  if (file === undefined || (statSync(file, { throwIfNoEntry: false }) !== undefined && !removeItemFile(file))) return;
  for (const path of alongside) rmSync(path, { force: true });
};

/** What the last go of a run of items came to, as far as one has come to its end. */
export const lastGoOf = ({ run, attempts }: Pick<RunHistory, 'run' | 'attempts'>): GoOutput | undefined => {
  if (itemRunOf(run) === undefined) return undefined;
  const output = attempts.findLast((attempt) => attempt.output !== undefined)?.output;
  return output === undefined ? undefined : (JSON.parse(output) as GoOutput);
};
