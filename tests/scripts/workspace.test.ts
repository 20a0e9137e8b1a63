import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRepository, type Repository } from './support/repository.ts';

let repository: Repository;

const root = {
  name: 'root',
  description: 'Before',
  scripts: { test: 'before' },
  devDependencies: { turbo: 'catalog:' },
};
const library = {
  name: '@here/library',
  version: '1.0.0',
  description: 'Before',
  scripts: { build: 'tsup' },
  dependencies: { undici: 'catalog:' },
};
const workspace = 'packages:\n  - packages/*\n  - "bench"\n\ncatalog:\n  undici: 8.12.4\n';

beforeAll(() => {
  repository = createRepository();
});

beforeEach(() => {
  repository.write('package.json', root);
  repository.write('pnpm-lock.yaml', 'lockfileVersion: 9\n');
  repository.write('pnpm-workspace.yaml', workspace);
  repository.write('packages/library/package.json', library);
  repository.write('packages/notes/README.md', 'No package.');
  repository.write('bench/package.json', { name: 'bench' });
});

afterAll(() => repository.remove());

const stamp = () =>
  repository.evaluate(`
    import { installFingerprint } from './scripts/install.mjs';
    console.log(JSON.stringify(installFingerprint()));
  `);

describe('what has to be installed anew', () => {
  it.each<[what: string, path: string, content: string | object]>([
    ['the lockfile', 'pnpm-lock.yaml', 'lockfileVersion: 9\npackages: {}\n'],
    ['the workspace file', 'pnpm-workspace.yaml', `${workspace}  vitest: 5.1.0\n`],
    ['a dependency of the root', 'package.json', { ...root, devDependencies: { turbo: '2.11.11' } }],
    ['a dependency of a package', 'packages/library/package.json', { ...library, dependencies: {} }],
    ['a peer', 'packages/library/package.json', { ...library, peerDependencies: { redis: '6' } }],
    ['a new package', 'packages/other/package.json', { name: '@here/other' }],
  ])('changes with %s', async (_, path, content) => {
    const before = await stamp();
    repository.write(path, content);
    expect(await stamp()).not.toBe(before);
  });

  it.each<[what: string, path: string, content: object]>([
    ['a script of the root', 'package.json', { ...root, scripts: { test: 'after' } }],
    ['a script of a package', 'packages/library/package.json', { ...library, scripts: {} }],
    ['a description', 'packages/library/package.json', { ...library, description: 'After' }],
    ['a version', 'packages/library/package.json', { ...library, version: '1.0.1' }],
  ])('does not change with %s', async (_, path, content) => {
    const before = await stamp();
    repository.write(path, content);
    expect(await stamp()).toBe(before);
  });
});

it('the packages of the workspace are found by both forms of pattern', async () => {
  const folders = await repository.evaluate(`
    import { workspacePackages } from './scripts/workspace.mjs';
    console.log(JSON.stringify(workspacePackages().map(({ folder, manifest }) => [folder, manifest.name])));
  `);
  expect(folders).toEqual(
    expect.arrayContaining([
      ['bench', 'bench'],
      ['packages/library', '@here/library'],
    ]),
  );
  expect(folders).not.toContainEqual(['packages/notes', expect.anything()]);
});
