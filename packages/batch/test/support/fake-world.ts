import { createHash } from 'node:crypto';
import { parseTouch } from '../../src/graph/touch.ts';
import type { World } from '../../src/plan/world.ts';

/** A world of files with texts. */
export const fakeWorld = (
  files: Record<string, string> = {},
  {
    commands = ['ls', 'git', 'cat', 'npm', 'make', 'echo'],
    freeBytes = 1e9,
  }: { commands?: string[]; freeBytes?: number } = {},
): World & { files: Record<string, string> } => ({
  files,
  exists: async (path) => Object.keys(files).some((file) => file === path || file.startsWith(`${path}/`)),
  list: async (pattern, most) => {
    const { isGlob, matches, path } = parseTouch(pattern);
    return Object.keys(files)
      .filter((file) => (isGlob ? matches(file) : path === '.' || file === path || file.startsWith(`${path}/`)))
      .sort()
      .slice(0, most);
  },
  hash: async (path) =>
    Object.hasOwn(files, path)
      ? createHash('sha256')
          .update(files[path] as string)
          .digest('hex')
      : undefined,
  commands: async () => new Set(commands),
  freeBytes: async () => freeBytes,
});
