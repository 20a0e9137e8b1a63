import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import type { CacheEntry } from '../../src/index.ts';
import { sqliteStore } from '../../src/stores/sqlite.ts';
import { serialOf } from '../children/payload.ts';
import { textOf } from './children.ts';

/**
 * Kills a writer in the middle of its work, so many times in a row on one file, and then asks for every entry that any of
 * them had acknowledged.
 */
export const killWriters = async (
  start: (script: string, ...args: string[]) => ChildProcess,
  path: string,
  rounds: number,
): Promise<void> => {
  const acknowledged: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const writer = start('writer.ts', path, String(round));
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
  expect(read('always')).toBeGreaterThanOrEqual((rounds - 1) * 1_000_000 + (acknowledged.at(-1) ?? 0) - 1);
  expect(errors).toEqual([]);
  expect(await store.usage()).toMatchObject({ damaged: 0, faults: 0 });
  await store.close?.();
  expect(readdirSync(dirname(path))).toEqual(['cache.db']);
};
