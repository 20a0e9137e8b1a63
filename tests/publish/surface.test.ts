import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
// @boundaries-ignore the generator belongs to the repository, not to a package
import { describeSurface } from '../../scripts/api/surface.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const surfaceOf = (files: Readonly<Record<string, string>>): string => {
  const folder = mkdtempSync(join(tmpdir(), 'hotpath-surface-'));
  folders.push(folder);
  for (const [name, source] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), source);
  }
  return describeSurface(join(folder, 'index.d.ts'));
};

const index = "export { make } from './make.ts';\nexport type { Options as MakeOptions } from './types/options.ts';\n";
const options =
  'export interface Options { readonly depth: Depth; }\ntype Depth = 1 | 2;\nexport declare const unused = 3;\n';
const make =
  "import type { Options } from './types/options.ts';\n/** Makes. */\nexport declare const make: (options?: Options) => void;\n";
const files = { 'index.d.ts': index, 'make.d.ts': make, 'types/options.d.ts': options };

it('shows what is exported, what that mentions, and nothing else', () => {
  expect(surfaceOf(files)).toBe(
    [
      'interface Options { readonly depth: Depth; }\nexport { Options as MakeOptions };',
      'export const make: (options?: Options) => void;',
      '// Mentioned above, not exported',
      'type Depth = 1 | 2;\n',
    ].join('\n\n'),
  );
});

it('stays the same when code moves and comments change', () => {
  const together = make.replace(/import.*\n/, options).replace('/** Makes. */', '// Other words.');
  const moved = { 'index.d.ts': index.replaceAll('types/options', 'make'), 'make.d.ts': together };
  expect(surfaceOf(moved)).toBe(surfaceOf(files));
});

it('changes with a type that is only mentioned', () => {
  expect(surfaceOf({ ...files, 'types/options.d.ts': options.replace('1 | 2', '1') })).not.toBe(surfaceOf(files));
});

it('names what comes from other packages, also inline', () => {
  const source =
    "import type { Pool } from 'undici';\nexport declare const pool: Pool;\nexport declare const at: import('node:url').URL;\n";
  expect(surfaceOf({ 'index.d.ts': source })).toMatch(
    /import \{ Pool \} from 'undici';\nimport \{ URL \} from 'node:url';\n$/m,
  );
});

it('refuses a surface that is not a list of names', () => {
  expect(() => surfaceOf({ ...files, 'index.d.ts': "export * from './make.ts';" })).toThrow(/name what it exports/);
});
