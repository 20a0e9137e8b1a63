import { createHash } from 'node:crypto';
import { createReadStream, globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ownFolder } from '../files/intent.ts';
import { parseTouch } from '../graph/touch.ts';
import type { Task, TaskResult } from './task.ts';

/** Any cache: what is kept is JSON. Its faults are nobody's failure: a step is then done again. */
export interface MemoCache {
  get(key: string): unknown;
  set(key: string, value: string): unknown;
}

export interface MemoOptions {
  readonly cache: MemoCache;
  /** Part of every key: what else decides what steps come to, as versions of tools. @default '' */
  readonly version?: string | undefined;
  /** Environment variables that are part of the key of commands. @default ['PATH'] */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

export interface Memo {
  /** The key of a step as things stand: of what it is to do, what it may look up of steps before, and the content of all it reads. */
  keyOf(task: Task, reads: readonly string[], outputs?: Readonly<Record<string, unknown>>): Promise<string>;
  recall(key: string): Promise<TaskResult | undefined>;
  /** What a step came to as it is kept, before its changes are carried out; `undefined` where that would be too large. */
  write(result: TaskResult): string | undefined;
  keep(key: string, text: string): Promise<void>;
}

/** Results that take more than this are not kept, bytes of JSON. */
const maxBytes = 8 * 2 ** 20;
const layout = 2;

const hashFile = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
};

/** The files that a step declares to read, in order, each once. */
const filesOf = (root: string, reads: readonly string[]): readonly string[] => {
  const files = new Set<string>();
  for (const text of reads) {
    const { name, path, isGlob } = parseTouch(text);
    if (name !== undefined) continue;
    const status = isGlob ? undefined : statSync(join(root, path), { throwIfNoEntry: false });
    const pattern = isGlob ? path : status?.isDirectory() === true ? `${path}/**` : undefined;
    if (pattern === undefined) files.add(path);
    else for (const found of globSync(pattern, { cwd: root, exclude: (name) => name === ownFolder })) files.add(found);
  }
  return [...files].sort();
};

const contentOf = async (path: string): Promise<string> => {
  try {
    const status = statSync(path);
    return status.isFile() ? `${status.mode & 0o777} ${await hashFile(path)}` : 'no file';
  } catch {
    return 'missing';
  }
};

/** Remembers what steps came to, by content: what has not changed is not done again. */
export const createMemo = ({ cache, version = '', env = { PATH: process.env.PATH } }: MemoOptions): Memo => ({
  async keyOf({ kind, fields, item, index, root }, reads, outputs) {
    const { idempotencyKey: _, ...content } = fields;
    const hash = createHash('sha256');
    hash.update(JSON.stringify([layout, version, kind, content, item, index, kind === 'shell' ? env : {}, outputs]));
    for (const path of filesOf(root, reads)) hash.update(`\n${path}\n${await contentOf(join(root, path))}`);
    return `step:${hash.digest('hex')}`;
  },
  async recall(key) {
    try {
      const kept = await cache.get(key);
      return typeof kept === 'string' ? read(kept) : undefined;
    } catch {
      return undefined;
    }
  },
  write(result) {
    const text = written(result);
    return text.length <= maxBytes ? text : undefined;
  },
  async keep(key, text) {
    try {
      await cache.set(key, text);
    } catch {
      // Nothing is lost but time.
    }
  },
});

/** Bytes in changes, beside them: anything that stands in a change, or in an output, may be a user's own. */
interface Kept extends Pick<TaskResult, 'output' | 'changes'> {
  readonly bytes: readonly (readonly [at: number, change: number, base64: string])[];
}

/** The content of a change, wherever that is. */
const bytesOf = ({
  content,
  from,
}: {
  readonly content?: unknown;
  readonly from?: unknown;
}): Uint8Array | undefined => {
  if (typeof from === 'string') return readFileSync(from);
  return content instanceof Uint8Array ? content : undefined;
};

const written = ({ output, changes }: TaskResult): string => {
  const bytes: [number, number, string][] = [];
  const bare = changes?.map((each, at) => ({
    ...each,
    changes: each.changes.map((change, number) => {
      const content = bytesOf(change as object);
      if (content === undefined) return change;
      bytes.push([at, number, Buffer.from(content).toString('base64')]);
      const { content: _, from: __, ...others } = change as Record<string, unknown>;
      return others;
    }),
  }));
  return JSON.stringify({ output, changes: bare, bytes } satisfies Kept);
};

const read = (text: string): TaskResult => {
  const { bytes, ...result } = JSON.parse(text) as Kept;
  for (const [at, number, base64] of bytes) {
    const change = result.changes?.[at]?.changes[number] as { content?: unknown };
    change.content = new Uint8Array(Buffer.from(base64, 'base64'));
  }
  return result;
};
