import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Options } from 'tsup';

type EsbuildPlugin = NonNullable<Options['esbuildPlugins']>[number];
type OutputPlugin = NonNullable<Options['plugins']>[number];

export const isEntry = (entryPoint: string | undefined): boolean => entryPoint?.endsWith('src/hotpath.ts') === true;

/**
 * The router uses undici's Pool alone. All of undici is twice that, and importing it takes longer than an answer from
 * the cache; besides, a dynamic import of CommonJS loses its named exports in a bundle.
 */
export const undiciPoolAlone: EsbuildPlugin = {
  name: 'undici-pool-alone',
  setup(build) {
    build.onResolve({ filter: /^undici$/ }, ({ resolveDir }) => ({
      path: 'undici',
      namespace: 'undici-pool-alone',
      pluginData: resolveDir,
    }));
    build.onLoad({ filter: /./, namespace: 'undici-pool-alone' }, ({ pluginData }) => ({
      contents: "import Pool from 'undici/lib/dispatcher/pool.js';\nexport { Pool };\n",
      resolveDir: pluginData,
    }));
  },
};

/**
 * The cache uses the client of Redis alone, none of its modules for search, JSON and the like, which are more than half of
 * the package; and this is CommonJS as well, imported dynamically.
 */
export const redisClientAlone: EsbuildPlugin = {
  name: 'redis-client-alone',
  setup(build) {
    build.onResolve({ filter: /^redis$/ }, async ({ resolveDir, kind, pluginData }) => {
      if (pluginData === 'real') return undefined;
      const { path, errors } = await build.resolve('redis', { resolveDir, kind, pluginData: 'real' });
      return errors.length > 0 ? { errors } : { path: 'redis', namespace: 'redis-client-alone', pluginData: path };
    });
    build.onLoad({ filter: /./, namespace: 'redis-client-alone' }, ({ pluginData }) => ({
      contents: "import { createClient } from '@redis/client';\nexport { createClient };\n",
      resolveDir: dirname(pluginData),
    }));
    // The client imports it for digests of its own caching, which nobody here uses, and does without it.
    build.onResolve({ filter: /^@node-rs\/xxhash$/ }, ({ path }) => ({ path, namespace: 'redis-client-absent' }));
    build.onLoad({ filter: /./, namespace: 'redis-client-absent' }, ({ path }) => ({
      contents: `throw new Error('${path} is not bundled');\n`,
    }));
  },
};

const importOfChunk = /^import "\.\/chunk-[\w-]+\.js";\n/gm;

const answersAlone = /src\/(?:hotpath|plugins\/top-level-help)\.ts$/;

/** Two files answer `--version` and `--help` by themselves: what nothing of them uses is not imported, though modules share it. */
export const entryAlone: OutputPlugin = {
  name: 'entry-alone',
  renderChunk(code, { entryPoint }) {
    return answersAlone.test(entryPoint ?? '') ? { code: code.replace(importOfChunk, '') } : undefined;
  },
};

/** Bundled CommonJS asks for Node's own modules with `require`, which ES modules do not have. */
export const requireForBundledCommonJs: OutputPlugin = {
  name: 'require-for-bundled-commonjs',
  renderChunk(code) {
    if (!code.includes('var __require =')) return;
    const shim = 'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);\n';
    return { code: shim + code };
  },
};

const packageFolder = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//;

const licenceOf = (folder: string): string => {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? `Licence: ${license}` : readFileSync(join(folder, file), 'utf8').trim();
  return `${name} ${version}\n\n${text}\n`;
};

/** Writes the licences of everything bundled beside the bundle, as these licences ask. */
export const licenceNotices = (file: string): EsbuildPlugin => ({
  name: 'licence-notices',
  setup(build) {
    build.initialOptions.metafile = true;
    build.onEnd(({ metafile }) => {
      const folders = Object.keys(metafile?.inputs ?? {}).flatMap((input) => packageFolder.exec(input)?.[1] ?? []);
      const notices = [...new Set(folders)].sort().map(licenceOf);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, notices.join(`\n${'-'.repeat(80)}\n\n`));
    });
  },
});
