import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createRepository, type Repository } from './support/repository.ts';

let repository: Repository;

beforeEach(() => {
  repository = createRepository();
  // The declarations are read by a parser, which the copy has to find.
  symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(repository.root, 'node_modules'));
  repository.write('pnpm-workspace.yaml', 'packages:\n  - packages/*\n');
  repository.write('packages/library/package.json', {
    name: '@here/library',
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
  });
  repository.write('packages/library/dist/index.d.ts', 'export declare const before: string;\n');
});

afterEach(() => repository.remove());

it('the public surface is a file, and a change of it fails with what comes and what goes', async () => {
  expect(await repository.run('scripts/api-surface.ts', '--update')).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(join(repository.root, 'packages/library/api/library.api.txt'), 'utf8')).toContain(
    'before: string',
  );
  expect(await repository.run('scripts/api-surface.ts')).toMatchObject({
    code: 0,
    stdout: '1 surfaces as committed\n',
  });

  repository.write('packages/library/dist/index.d.ts', 'export declare const after: number;\n');
  const { code, stdout } = await repository.run('scripts/api-surface.ts');
  expect(code).toBe(1);
  expect(stripVTControlCharacters(stdout)).toMatch(/^ {2}- .*before: string/m);
  expect(stripVTControlCharacters(stdout)).toMatch(/^ {2}\+ .*after: number/m);
  expect(stdout).toContain('npm run api:update');
});
