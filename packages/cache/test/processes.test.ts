import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { CacheEntry } from '../src/index.ts';
import { sqliteStore } from '../src/stores/sqlite.ts';
import { serialOf } from './children/payload.ts';
import { temporaryPaths } from './support/folder.ts';

const newPath = temporaryPaths();

const child = (script: string, ...args: string[]): ChildProcess =>
  spawn(process.execPath, [fileURLToPath(new URL(`./children/${script}`, import.meta.url)), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });

const textOf = async (stream: NodeJS.ReadableStream | null): Promise<string> => {
  let text = '';
  for await (const chunk of stream ?? []) text += chunk;
  return text;
};

describe('sqliteStore and kill -9', () => {
  it('keeps every entry that flush acknowledged, and none that is damaged', { timeout: 60_000 }, async () => {
    const path = newPath();
    const acknowledged: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      const writer = child('writer.ts', path, String(round));
      const exited = once(writer, 'exit');
      const complaints = textOf(writer.stderr);
      const killAt = 5 + ((round * 61) % 400);
      let last = 0;
      for await (const line of createInterface({ input: writer.stdout as NodeJS.ReadableStream })) {
        last = Number(line);
        if (last >= killAt) writer.kill('SIGKILL');
      }
      expect((await exited)[1]).toBe('SIGKILL');
      expect(await complaints).toBe('');
      acknowledged.push(last);
    }

    const errors: unknown[] = [];
    const store = sqliteStore({ path, onError: (error) => errors.push(error) });
    const read = (key: string): number | undefined => {
      const found = store.get(key) as CacheEntry<Uint8Array> | undefined;
      return found === undefined ? undefined : serialOf(key, found);
    };
    for (const [round, last] of acknowledged.entries()) {
      expect(last).toBeGreaterThan(0);
      for (let serial = 0; serial < last; serial += 1) {
        if (read(`${round}:${serial}`) !== serial) expect.fail(`${round}:${serial} of ${last} is lost`);
      }
    }
    expect(read('always')).toBeGreaterThanOrEqual(19_000_000 + (acknowledged[19] ?? 0) - 1);
    expect(errors).toEqual([]);
    expect(await store.usage()).toMatchObject({ damaged: 0, faults: 0 });
    await store.close?.();
    expect(readdirSync(dirname(path))).toEqual(['cache.db']);
  });
});

describe('sqliteStore in four processes', () => {
  it('reads and writes one file without an error', { timeout: 60_000 }, async () => {
    const path = newPath();
    const workers = ['0', '1', '2', '3'].map((name) => child('worker.ts', path, name));
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
