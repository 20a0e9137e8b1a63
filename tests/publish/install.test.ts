import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installTarballs, lend, optionalPeers } from './support/consumer.ts';
import { packAll } from './support/pack.ts';
import { publicPackages, readManifest } from './support/packages.ts';
import { bin, mustRun, root, run } from './support/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'hotpath-install-'));
const together = join(folder, 'together');
const commandAlone = join(folder, 'command-alone');
const specifiers = publicPackages.flatMap((each) => each.specifiers);

beforeAll(async () => {
  const packed = await packAll(folder);
  await installTarballs(together, packed);
  lend(together, [...optionalPeers(packed), { name: '@types/node', folder: root }]);
  await installTarballs(
    commandAlone,
    packed.filter(({ manifest }) => manifest.name === 'hotpath'),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bytesBelow = (path: string): number =>
  readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((file) => statSync(join(path, file)))
    .reduce((sum, stats) => sum + (stats.isFile() ? stats.size : 0), 0);

describe('all packages, installed by npm into an empty folder', () => {
  // What a thread is started with is no module to import.
  it.each(specifiers.filter((name) => !name.endsWith('/worker-thread')))(
    'import %s in plain Node',
    async (specifier) => {
      const code = `const names = Object.keys(await import(${JSON.stringify(specifier)})); console.log(names.length);`;
      const stdout = await mustRun(process.execPath, ['--input-type=module', '--eval', code], together);
      expect(Number(stdout)).toBeGreaterThan(0);
    },
  );

  it.each([
    { module: 'nodenext', moduleResolution: 'nodenext' },
    { module: 'node16', moduleResolution: 'node16' },
    { module: 'esnext', moduleResolution: 'bundler' },
  ])('compile in a project that resolves like $moduleResolution', async (options) => {
    const used = specifiers.map(
      (specifier, index) => `import * as module${index} from '${specifier}';\nexport { module${index} };`,
    );
    // A wrong type has to be an error: were the declarations not found, everything would be any, and pass.
    const checked = "import { createCache } from '@hotpath/cache';\n// @ts-expect-error\ncreateCache(1);";
    writeFileSync(join(together, 'index.ts'), [...used, checked].join('\n'));
    const flags = Object.entries({ ...options, target: 'es2024', types: 'node' }).flatMap(([name, value]) => [
      `--${name}`,
      value,
    ]);
    const { stdout } = await run(bin('tsc'), ['--noEmit', '--strict', ...flags, 'index.ts'], together);
    expect(stdout).toBe('');
  });
});

describe('the command, installed alone', () => {
  it('prints its version', async () => {
    const { version } = readManifest(join(root, 'apps/cli'));
    const stdout = await mustRun(join(commandAlone, 'node_modules/.bin/hotpath'), ['--version'], commandAlone);
    expect(stdout.trim()).toContain(version);
  });

  it('stays small', () => {
    const megabytes = bytesBelow(join(commandAlone, 'node_modules')) / 1e6;
    console.log(`installed size of the command: ${megabytes.toFixed(1)} MB (target: below 10)`);
    expect(megabytes).toBeLessThan(25);
  });
});
