import { posix } from 'node:path';
import type { CorrectorWorld } from '../../../src/correct/world.ts';

export interface FakeWorld extends CorrectorWorld {
  /** How often anything was looked at. */
  readonly looks: { count: number };
  /** Commands that were asked for help. */
  readonly asked: string[];
}

/** A world of these files (absolute paths) and these programs. */
export const createFakeWorld = (
  files: Readonly<Record<string, string>>,
  commands: readonly string[] = ['ls', 'cat', 'git', 'grep'],
  helps: Readonly<Record<string, string>> = {},
): FakeWorld => {
  const paths = Object.keys(files);
  const looks = { count: 0 };
  const asked: string[] = [];
  return {
    looks,
    asked,
    async list(folder) {
      looks.count++;
      const base = folder === '/' ? '/' : `${posix.normalize(folder).replace(/\/$/, '')}/`;
      const names = new Map<string, 'file' | 'folder'>();
      for (const path of paths.filter((one) => one.startsWith(base))) {
        const [name = '', ...rest] = path.slice(base.length).split('/');
        names.set(name, rest.length > 0 ? 'folder' : 'file');
      }
      return [...names].map(([name, kind]) => ({ name, kind }));
    },
    async kind(path) {
      looks.count++;
      const plain = posix.normalize(path).replace(/(.)\/$/, '$1');
      if (paths.includes(plain)) return 'file';
      return paths.some((one) => one.startsWith(plain === '/' ? '/' : `${plain}/`)) ? 'folder' : undefined;
    },
    executable: async () => false,
    async read(path, maxBytes) {
      looks.count++;
      return files[posix.normalize(path)]?.slice(0, maxBytes);
    },
    commands: async () => commands,
    async help(command) {
      asked.push(command.join(' '));
      return helps[command.join(' ')];
    },
  };
};
