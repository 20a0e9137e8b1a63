import type { Conflict, DocumentFiles, FileChange, Workspace } from '../../../src/index.ts';

interface Kept {
  readonly text: string;
  readonly stamp: number;
}

interface Intent {
  readonly path: string;
  readonly before: string | null;
  readonly after: string;
}

/** Files in memory, read by the workspace of documents and written by one named 'files'. It outlives what stands for a process. */
export class MemoryDisk {
  readonly files = new Map<string, Kept>();
  #stamp = 0;
  reads = 0;
  /** Called at each reading, which waits for it. */
  onRead: (() => Promise<void>) | undefined;
  writes = 0;

  put(path: string, text: string): void {
    this.#stamp += 1;
    this.files.set(path, { text, stamp: this.#stamp });
  }

  text(path: string): string | undefined {
    return this.files.get(path)?.text;
  }

  texts(): Record<string, string> {
    return Object.fromEntries([...this.files].map(([path, { text }]) => [path, text]));
  }

  readonly documentFiles: DocumentFiles = {
    resolve: (path) => path,
    stamp: (path) => this.files.get(path)?.stamp.toString(),
    read: async (path) => {
      this.reads += 1;
      await this.onRead?.();
      return new TextEncoder().encode(this.files.get(path)?.text ?? '');
    },
  };

  /** `reach` is called before each thing that is done, and stands for a process that may end there. */
  workspace(reach: () => void = () => {}): Workspace<FileChange> {
    const intentsOf = (intent: string): readonly Intent[] => JSON.parse(intent);
    const changedSince = ({ path, after }: Intent): Conflict[] =>
      this.text(path) === after ? [] : [{ path, reason: 'was changed since' }];
    return {
      name: 'files',
      prepare: async (changes) => {
        reach();
        return JSON.stringify(
          changes.map((change): Intent => {
            if (change.type !== 'write' || !('content' in change)) throw new Error('Only contents are written here.');
            const after =
              typeof change.content === 'string' ? change.content : new TextDecoder().decode(change.content);
            return { path: change.path, before: this.text(change.path) ?? null, after };
          }),
        );
      },
      apply: async (intent) => {
        for (const { path, after } of intentsOf(intent)) {
          reach();
          this.writes += 1;
          this.put(path, after);
        }
      },
      undo: async (intent) => {
        const conflicts: Conflict[] = [];
        for (const each of [...intentsOf(intent)].reverse()) {
          reach();
          if ((this.text(each.path) ?? null) === each.before) continue;
          const found = changedSince(each);
          conflicts.push(...found);
          if (found.length > 0) continue;
          if (each.before === null) this.files.delete(each.path);
          else this.put(each.path, each.before);
        }
        return conflicts;
      },
      check: async (intents) => {
        const last = new Map(intents.flatMap(intentsOf).map((each) => [each.path, each]));
        return [...last.values()].flatMap(changedSince);
      },
      sync: async () => reach(),
      forget: async () => {},
    };
  }
}
