import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { fileMissing, fileUnreadable } from '../errors/files.ts';
import type { FileChange } from '../files/file-change.ts';
import type { StepFiles } from '../workflow/step.ts';

/** Gathers what a function changes; it reads its own changes, and else what stands in the root. */
export const createStepFiles = (
  step: string,
  root: string,
  /** Called before a file of the root is read. */
  reveal: (path: string) => Promise<void> = async () => {},
): { readonly files: StepFiles; readonly changes: readonly FileChange[] } => {
  const changes: FileChange[] = [];
  /** What this function has made of paths; `undefined`: it is gone. */
  const own = new Map<string, Uint8Array | undefined>();
  /** Where in the root what was renamed still stands. */
  const origins = new Map<string, string>();
  const named = (path: string): string => posix.normalize(path.replaceAll('\\', '/'));

  const read = async (path: string): Promise<Uint8Array> => {
    const name = named(path);
    const changed = own.get(name);
    if (changed !== undefined) return changed;
    if (own.has(name)) throw fileMissing(step, path);
    const origin = origins.get(name) ?? name;
    await reveal(origin);
    try {
      return await readFile(join(root, origin));
    } catch (error) {
      const { code } = error as { readonly code?: unknown };
      throw code === 'ENOENT' ? fileMissing(step, path) : fileUnreadable(step, path, error);
    }
  };
  return {
    changes,
    files: {
      read,
      readText: async (path) => new TextDecoder().decode(await read(path)),
      write: (path, content, { mode } = {}) => {
        const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
        own.set(named(path), bytes);
        changes.push({ type: 'write', path: named(path), content: bytes, ...(mode !== undefined && { mode }) });
      },
      remove: (path) => {
        own.set(named(path), undefined);
        changes.push({ type: 'remove', path: named(path) });
      },
      rename: (path, to) => {
        const [from, target] = [named(path), named(to)];
        const changed = own.get(from);
        own.delete(target);
        if (changed === undefined) origins.set(target, origins.get(from) ?? from);
        else own.set(target, changed);
        own.set(from, undefined);
        changes.push({ type: 'rename', path: from, to: target });
      },
    },
  };
};
