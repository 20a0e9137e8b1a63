import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagesImportedBy } from './support/imports.ts';
import { type PackedPackage, packAll } from './support/pack.ts';
import { publicPackages, readManifest } from './support/packages.ts';
import { root, run } from './support/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'hotpath-content-'));
let packed: readonly PackedPackage[] = [];

beforeAll(async () => {
  packed = await packAll(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const find = (name: string): PackedPackage => {
  const found = packed.find(({ manifest }) => manifest.name === name);
  if (found === undefined) throw new Error(`${name} was not packed`);
  return found;
};

const filesBelow = (path: string): readonly string[] =>
  readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((file) => statSync(join(path, file)).isFile());

it('packs every public package', () => {
  expect(publicPackages.map(({ manifest }) => manifest.name).sort()).toEqual([
    '@hotpath/ai-router',
    '@hotpath/batch',
    '@hotpath/cache',
    '@hotpath/plugin-loader',
    '@hotpath/runtime',
    '@hotpath/server',
    '@hotpath/telemetry',
    'hotpath',
  ]);
});

describe.each(publicPackages.map(({ manifest }) => manifest.name))('%s', (name) => {
  it('ships what was built, README and licence, and nothing else', () => {
    const files = filesBelow(find(name).content);
    expect(files.filter((file) => !file.startsWith('dist/')).sort()).toEqual(['LICENSE', 'README.md', 'package.json']);
    const isBuilt = (file: string): boolean =>
      /\.(?:c?js|d\.ts|txt|schema\.json)$/.test(file) ||
      /^dist\/page\/.*\.(?:html|css|js|svg)(?:\.br|\.gz)?$/.test(file);
    expect(files.filter((file) => file.startsWith('dist/') && !isBuilt(file))).toEqual([]);
    expect(readFileSync(join(find(name).content, 'LICENSE'), 'utf8')).toBe(readFileSync(join(root, 'LICENSE'), 'utf8'));
  });

  it('has real versions where the workspace has its own protocols', () => {
    expect(readFileSync(join(find(name).content, 'package.json'), 'utf8')).not.toMatch(/"(?:workspace|catalog):/);
  });

  it('has every file its manifest names', () => {
    const { content } = find(name);
    const { exports = {}, bin = {} } = readManifest(content);
    const named = [...Object.values(exports), ...Object.values(bin)].flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target),
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((path) => !existsSync(join(content, path)))).toEqual([]);
  });

  it('declares every package it imports', () => {
    const { content } = find(name);
    const { dependencies, peerDependencies, optionalDependencies } = readManifest(content);
    const declared = new Set(Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies }));
    const undeclared = filesBelow(join(content, 'dist'))
      .filter((file) => file.endsWith('.js') || file.endsWith('.d.ts'))
      .flatMap((file) => [...packagesImportedBy(join(content, 'dist', file))].map((each) => ({ file, imports: each })))
      .filter(({ imports }) => !declared.has(imports));
    expect(undeclared).toEqual([]);
  });

  it('passes publint', async () => {
    const { content } = find(name);
    const { messages, pkg } = await publint({ pkgDir: content, pack: false, strict: true, level: 'warning' });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });
});

it('needs the AI SDK for its types alone', () => {
  const { content } = find('@hotpath/ai-router');
  const importedBy = (file: string) => [...packagesImportedBy(join(content, 'dist', file))];
  expect(importedBy('ai-sdk.js')).not.toContain('@ai-sdk/provider');
  expect(importedBy('language-model.d.ts')).toContain('@ai-sdk/provider');
  for (const file of ['index.js', 'index.d.ts', 'router.d.ts'])
    expect(importedBy(file)).not.toContain('@ai-sdk/provider');
});

// A command has no entry whose types could be wrong.
const typed = publicPackages.filter(({ specifiers }) => specifiers.length > 0).map(({ manifest }) => manifest.name);
it.each(typed)('%s has types that resolve in every mode (attw)', async (name) => {
  const attw = join(root, 'tests/node_modules/.bin/attw');
  const { code, stdout, stderr } = await run(
    attw,
    [find(name).tarballPath, '--profile', 'esm-only', '--no-color'],
    folder,
  );
  expect(code, stdout + stderr).toBe(0);
});
