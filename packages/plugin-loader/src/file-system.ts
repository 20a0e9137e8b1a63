import { createRequire } from 'node:module';

type FileSystem = typeof import('node:fs');

/**
 * `node:fs`, without what it costs to import it into an ES module: for the sake of its named exports Node then reads them all, those too that
 * load streams and promises when they are read. That takes 3 ms of a start, more than to look at 200 manifests.
 */
export const fs: FileSystem =
  // Node.js before 20.16 has no way but the second; bundlers take neither for an import.
  process.getBuiltinModule?.('node:fs') ?? createRequire(import.meta.url)('node:fs');
