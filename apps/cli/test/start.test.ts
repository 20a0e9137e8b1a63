import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { entry, freshMachine } from './built.ts';

const machine = freshMachine();

// Tells on standard error which modules a process has linked.
const teller = machine.write(
  'teller.mjs',
  `import { registerHooks } from 'node:module';
  const linked = [];
  registerHooks({
    load(url, context, next) {
      linked.push(url);
      return next(url, context);
    },
  });
  process.on('exit', () => process._rawDebug(JSON.stringify(linked)));`,
);

const linkedBy = async (...args: readonly string[]): Promise<readonly string[]> => {
  const { code, stderr } = await machine.run(args, { nodeArgs: ['--import', teller] });
  expect(code).toBe(0);
  const [line = '[]'] = stderr.trim().split('\n').slice(-1);
  return JSON.parse(line).map((url: string) => (url.startsWith('node:') ? url : url.split('/').at(-1)));
};

it('--version reads one file, and --help another that knows of plugins', async () => {
  expect(await linkedBy('--version')).toEqual(['hotpath.js']);
  expect(await linkedBy('--help')).toEqual(['hotpath.js', expect.stringMatching(/^top-level-help-\w+\.js$/)]);
});

it('a command links none of the modules of Node, which would load parts of them that nobody uses', async () => {
  const linked = await linkedBy('ask', 'Why is the sky blue?');
  expect(linked).toContain('hotpath.js');
  expect(linked.filter((name) => name.startsWith('node:'))).toEqual([]);
});

it('the bundle imports none of them anywhere', () => {
  const folder = join(entry, '..');
  // What a thread begins with starts nothing that a user waits for.
  const threads = ['worker-thread.js', 'event-store-worker.js'];
  const files = readdirSync(folder).filter((name) => name.endsWith('.js') && !threads.includes(name));
  expect(files.length).toBeGreaterThan(50);
  // In double quotes, as esbuild writes them: files of a new plugin, which the bundle holds as text, have single ones.
  const importing = files.filter((name) => /^import [^'"]*"node:/m.test(readFileSync(join(folder, name), 'utf8')));
  expect(importing).toEqual([]);
});
