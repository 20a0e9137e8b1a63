import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { type Clock, systemClock } from '../clock.ts';
import { optionInvalid } from '../errors/definition.ts';
import { channels } from '../events.ts';
import { realPathOf } from '../files/within.ts';
import type { Journal } from '../journal/journal.ts';
import { doItems, type ItemCounts, type ItemsEnd, type RunItemsOptions } from './go.ts';
import { type ItemState, memoryPath, openItemFile } from './item-file.ts';
import { type GoOutput, recordEnd, recordStart, stateOf } from './run-record.ts';

export interface ItemRunOptions<Value> {
  /** All that the output of an item depends on: the same in the next go, as long as neither the item nor what is done with it changes. */
  readonly keyOf: (value: Value) => string | Uint8Array;
  /** The file that keeps what becomes of each item; made, with its folder, where there is none. @default none: nothing survives the process */
  readonly path?: string | undefined;
  /** Forgets what earlier goes did. @default false */
  readonly restart?: boolean | undefined;
  readonly clock?: Clock | undefined;
  /** @default Math.random */
  readonly random?: (() => number) | undefined;
}

/** Reads a list, which may be longer than memory: once to count it, and once to do its items. */
export type ReadItems<Value> = () => AsyncIterable<Value> | Iterable<Value>;

/** What lies ahead of a go. */
export interface ItemsPlan {
  readonly items: number;
  /** Those of earlier goes. */
  readonly succeeded: number;
  readonly failed: number;
  /** At work when an earlier go ended: nobody knows what became of them, and they are done again. */
  readonly begun: number;
}

export interface GoAheadOptions<Value> extends RunItemsOptions<Value> {
  /** Of the run, in the history. */
  readonly name: string;
  /** Keeps that there is such a run, and what became of it, among all others. @default nowhere */
  readonly journal?: Journal | undefined;
  /** The folder that it belongs to. @default the working folder */
  readonly root?: string | undefined;
  /** For the history, and for the next go. JSON. @default nothing */
  readonly inputs?: Readonly<Record<string, unknown>> | undefined;
  /** Files that are kept for the run, and go with it when it is forgotten. */
  readonly alongside?: readonly string[] | undefined;
  /** The command that goes on with the run, for whoever wants to resume it. */
  readonly again?: string | undefined;
}

export interface ItemsOutcome extends GoOutput {
  readonly run: string;
  /** `committed`: all succeeded. `kept`: what has ended stands, and the next go does the rest. `failed`: nothing has ended. */
  readonly state: 'committed' | 'kept' | 'failed';
  readonly end: ItemsEnd;
  /** Of `succeeded` and `failed`, those of earlier goes. */
  readonly reused: number;
  /** What this go has paid, US dollars. */
  readonly costUsd: number;
}

/** The items of one list, done in as many goes as it takes. */
export interface ItemRun<Value> {
  /** The same in all goes. */
  readonly id: string;
  /** What the last go was given as `inputs`. */
  readonly inputs: Readonly<Record<string, unknown>> | undefined;
  /** Reads the list, the first time that it is called, and finds for each item what is known of it. Rejects with what reading it, `keyOf` and `onItem` throw. */
  plan(items: ReadItems<Value>, onItem?: (value: Value, known: ItemState | undefined) => void): Promise<ItemsPlan>;
  /** Outputs that no item has any more, once the list was planned. */
  unused(): number;
  /** What all goes have cost, US dollars, as far as that is known. */
  spentUsd(): number;
  /** Does what is left. Once. Resolves at the end, whatever it is: `end` and `state` say so. Rejects where it could not begin. */
  run(items: ReadItems<Value>, options: GoAheadOptions<Value>): Promise<ItemsOutcome>;
  close(): void;
}

const hashBytes = 16;
const hash = (key: string | Uint8Array): Uint8Array =>
  typeof key === 'string' ? createHash('sha256').update(key).digest().subarray(0, hashBytes) : key;

/**
 * Opens a list of items to be done, each once: what has an output is not done again by any later go, wherever it stands in the list
 * then, whatever ended the one before. For this process alone: throws `BATCH_LOCKED` where another one has the file, and
 * `BATCH_JOURNAL_UNUSABLE`.
 */
export const openItemRun = <Value>(options: ItemRunOptions<Value>): ItemRun<Value> => {
  const { keyOf, path = memoryPath, restart, clock = systemClock, random = Math.random } = options;
  const file = openItemFile(path, { restart });
  const hashOf = (value: Value): Uint8Array => hash(keyOf(value));
  let planned: Promise<ItemsPlan> | undefined;

  const readAll: ItemRun<Value>['plan'] = async (items, onItem) => {
    const found = { items: 0, succeeded: 0, failed: 0, begun: 0 };
    for await (const value of items()) {
      const known = file.claim(found.items, hashOf(value));
      found.items += 1;
      if (known !== undefined) found[known] += 1;
      onItem?.(value, known);
    }
    file.claimed();
    return found;
  };
  const plan: ItemRun<Value>['plan'] = (items, onItem) => {
    planned ??= readAll(items, onItem);
    return planned;
  };

  return {
    id: file.run,
    get inputs() {
      const text = file.recall('inputs');
      return text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>);
    },
    plan,
    unused: () => file.unused(),
    spentUsd: () => file.spentUsd(),
    async run(items, { name, journal, root = '.', inputs = {}, alongside, again, ...given }) {
      const { concurrency = 4, sink } = given;
      if (!Number.isInteger(concurrency) || concurrency < 1)
        throw optionInvalid('concurrency', concurrency, 'a whole number from 1');
      const { items: count } = await plan(items);
      const { run: id, pass } = file;
      const startedAtMs = clock.now();
      const own = path === memoryPath ? {} : { file: resolve(path) };
      const definition = { ...own, alongside, again };
      if (journal !== undefined)
        await recordStart({ journal, id, name, root: realPathOf(root), inputs, definition, pass, startedAtMs });
      file.remember('inputs', JSON.stringify(inputs));
      if (channels.run.hasSubscribers)
        channels.run.publish({
          type: 'run-start',
          run: id,
          atMs: startedAtMs,
          name,
          steps: count,
          isResumed: pass > 1,
        });

      const counts: ItemCounts = { succeeded: 0, failed: 0, reused: 0, costUsd: 0 };
      let end = await doItems({ ...given, items: items(), hashOf, file, counts, clock, random });
      const { succeeded, failed } = counts;
      const output: GoOutput = { items: count, succeeded, failed, left: count - succeeded - failed };
      const broken = (error: unknown): ItemsEnd => (end.kind === 'broken' ? end : { kind: 'broken', error, unkept: 0 });
      // A run that is said to have ended has ended on the disk.
      await file.sync().catch((error) => {
        end = broken(error);
      });
      try {
        if (output.left === 0 && end.kind !== 'broken') sink?.finish?.();
      } catch (error) {
        end = broken(error);
      }
      const endedAtMs = clock.now();
      try {
        const spentUsd = file.spentUsd();
        if (journal !== undefined)
          await recordEnd({ journal, id, pass, startedAtMs, endedAtMs, end, output, counts, spentUsd });
      } catch (error) {
        end = broken(error);
      }
      const state = stateOf(end, output);
      if (channels.run.hasSubscribers)
        channels.run.publish({
          type: 'run-end',
          run: id,
          atMs: endedAtMs,
          state,
          durationMs: endedAtMs - startedAtMs,
          costUsd: counts.costUsd,
        });
      return { run: id, state, end, ...output, reused: counts.reused, costUsd: counts.costUsd };
    },
    close: () => file.close(),
  };
};
