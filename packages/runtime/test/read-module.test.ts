import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readModuleAnew } from '../src/read-module.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hotpath-module-'));
  write('package.json', '{"type":"module"}');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string): string => {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};

describe('a module read anew', () => {
  it('is what the file says now, with what it imports, however often it was read', async () => {
    const file = write(
      'hotpath.config.ts',
      'import { name } from "./name.ts";\nexport default { defaultModel: name as string };',
    );
    const part = write('name.ts', 'export const name: string = "one";');
    expect(await readModuleAnew(file)).toEqual({ value: { defaultModel: 'one' }, files: [file, part] });
    write('name.ts', 'export const name: string = "two";');
    expect(await readModuleAnew(file)).toMatchObject({ value: { defaultModel: 'two' } });
    write('hotpath.config.ts', 'export default { defaultModel: "three" };');
    expect(await readModuleAnew(file)).toEqual({ value: { defaultModel: 'three' }, files: [file] });
  });

  it('is awaited, and leaves installed packages out of its files', async () => {
    write('node_modules/kit/package.json', '{"name":"kit","type":"module","exports":"./index.js"}');
    write('node_modules/kit/index.js', 'export const define = (config) => config;');
    const data = write('models.json', '{"fast":"sim/sim-1"}');
    const file = write(
      'hotpath.config.mts',
      `import { define } from 'kit';
       import aliases from './models.json' with { type: 'json' };
       export default Promise.resolve(define({ aliases }));`,
    );
    const { value, files } = await readModuleAnew(file);
    expect(value).toEqual({ aliases: { fast: 'sim/sim-1' } });
    expect(files.toSorted()).toEqual([file, data].sort());
  });

  it('may have no default export, which is for its reader to judge', async () => {
    expect(await readModuleAnew(write('a.ts', 'export const config = 1;'))).toMatchObject({ value: undefined });
  });
});

describe('a module that cannot be read', () => {
  it.each([
    ['is not written right', 'export default {', SyntaxError, /.+/],
    ['throws', 'throw new TypeError("no such thing");', Error, /^no such thing$/],
    ['throws what is no error', 'throw "nothing";', Error, /^nothing$/],
    ['holds more than data', 'export default { providers: () => 1 };', Error, /could not be cloned/],
    ['ends its process', 'process.exit(0);', Error, /ended the process/],
  ])('%s', async (_, text, kind, message) => {
    const file = write('hotpath.config.ts', text);
    const { failure, files, value } = await readModuleAnew(file);
    expect(failure).toBeInstanceOf(kind);
    expect(failure?.message).toMatch(message);
    expect(value).toBeUndefined();
    expect(files).toContain(file);
  });

  it('keeps the code of what is missing, and still tells the files there are', async () => {
    const part = write('part.ts', 'export {};');
    const file = write('hotpath.config.ts', 'import "./part.ts";\nimport "not-installed";\nexport default {};');
    const { failure, files } = await readModuleAnew(file);
    expect(failure).toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' });
    expect(files).toContain(file);
    expect(part).toMatch(/part\.ts$/);
  });

  it('is given up when it takes too long', async () => {
    const file = write('hotpath.config.ts', 'await new Promise((resolve) => setInterval(resolve, 1e9));');
    const { failure } = await readModuleAnew(file, { timeoutMs: 500 });
    expect(failure?.message).toBe('it did not load within 500 ms.');
  });
});
