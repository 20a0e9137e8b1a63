import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { sqliteStore } from '../src/stores/sqlite.ts';
import { childStarter, textOf } from './support/children.ts';
import { temporaryPaths } from './support/folder.ts';
import { describeHeardAndUnheard, nodeArgumentsFor } from './support/heard.ts';
import { killWriters } from './support/kill-rounds.ts';

const newPath = temporaryPaths();

describeHeardAndUnheard('sqliteStore and kill -9', (isHeard) => {
  const start = childStarter(nodeArgumentsFor(isHeard));

  it('keeps every entry that flush acknowledged, and none that is damaged', { timeout: 60_000 }, async () => {
    await killWriters(start, newPath(), isHeard ? 2 : 20);
  });
});

describeHeardAndUnheard('sqliteStore in several processes', (isHeard) => {
  const start = childStarter(nodeArgumentsFor(isHeard));
  const count = isHeard ? 3 : 8;

  it('reads and writes one file without an error', { timeout: 60_000 }, async () => {
    const path = newPath();
    const workers = Array.from({ length: count }, (_, name) => start('worker.ts', path, String(name)));
    const outcomes = await Promise.all(
      workers.map(async (worker) => ({
        output: await textOf(worker.stdout),
        complaints: await textOf(worker.stderr),
      })),
    );
    for (const { output, complaints } of outcomes) {
      expect(complaints).toBe('');
      const { hits, problems, damaged } = JSON.parse(output);
      expect({ problems, damaged }).toEqual({ problems: [], damaged: 0 });
      expect(hits).toBeGreaterThan(100);
    }
    const store = sqliteStore({ path });
    expect((await store.usage()).entries).toBeGreaterThan(50);
    await store.close?.();
    expect(readdirSync(dirname(path))).toEqual(['cache.db']);
  });
});

describeHeardAndUnheard('one load for 1,000 callers in each of several processes', (isHeard) => {
  const start = childStarter(nodeArgumentsFor(isHeard));
  const count = isHeard ? 2 : 4;
  const ready = async (child: ReturnType<typeof start>): Promise<void> => {
    await once(child.stdout as NodeJS.ReadableStream, 'data');
  };

  it('that share a file', { timeout: 60_000 }, async () => {
    const path = newPath();
    const store = sqliteStore({ path });
    const journal = `${path}.loads`;
    const children = Array.from({ length: count }, () => start('loader.ts', 'sqlite', path, journal));
    await Promise.all(children.map(ready));
    const outputs = children.map((child) => textOf(child.stdout));
    for (const child of children) child.stdin?.write('go\n');
    const values = (await Promise.all(outputs)).map((output) => JSON.parse(output));
    const loaded = readFileSync(journal, 'utf8').trim().split('\n');
    expect(loaded).toHaveLength(1);
    expect(new Set(values.flatMap(({ values: answers }) => answers))).toEqual(new Set([`made by ${loaded[0]}`]));
    expect(values.flatMap(({ errors }) => errors)).toEqual(Array(2 * count).fill(0));
    await store.close?.();
  });

  it('and a second one when the first loader is killed', { timeout: 60_000 }, async () => {
    const path = newPath();
    const store = sqliteStore({ path });
    const journal = `${path}.loads`;
    const children = Array.from({ length: count }, () => start('loader.ts', 'sqlite', path, journal, '400'));
    await Promise.all(children.map(ready));
    const outputs = children.map((child) => textOf(child.stdout));
    for (const child of children) child.stdin?.write('go\n');
    let holder = 0;
    while (holder === 0) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      try {
        holder = Number(readFileSync(journal, 'utf8').trim());
      } catch {
        // Nobody has begun to load yet.
      }
    }
    process.kill(holder, 'SIGKILL');
    const values = (await Promise.all(outputs)).filter((output) => output !== '').map((output) => JSON.parse(output));
    const loaded = readFileSync(journal, 'utf8').trim().split('\n');
    expect(loaded).toHaveLength(2);
    expect(values).toHaveLength(count - 1);
    expect(new Set(values.flatMap(({ values: answers }) => answers))).toEqual(new Set([`made by ${loaded[1]}`]));
    await store.close?.();
  });
});
