import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import type { CacheEntry } from '../src/index.ts';
import { serialOf } from './children/payload.ts';
import { startChild, textOf } from './support/child.ts';
import { temporaryPaths } from './support/folder.ts';
import { sqliteStores } from './support/sqlite.ts';

const newPath = temporaryPaths();
const start = sqliteStores();

describe('sqliteStore killed between two slices of a batch', () => {
  it('loses nothing that it acknowledged, and brings nothing deleted back', { timeout: 60_000 }, async () => {
    const path = newPath();
    const acknowledged: number[] = [];
    for (let round = 0; round < 12; round += 1) {
      const writer = startChild('slices.ts', [path, String(round)]);
      const exited = once(writer, 'exit');
      const complaints = textOf(writer.stderr);
      let last = -1;
      for await (const line of createInterface({ input: writer.stdout as NodeJS.ReadableStream })) {
        last = Number(line);
        if (last >= 1 + (round % 5)) writer.kill('SIGKILL');
      }
      expect((await exited)[1]).toBe('SIGKILL');
      expect(await complaints).toBe('');
      acknowledged.push(last);
    }
    const errors: unknown[] = [];
    const store = start({ path, onError: (error) => errors.push(error) });
    for (const [round, last] of acknowledged.entries()) {
      for (let serial = 0; serial <= last; serial += 1) {
        expect(store.get(`${round}:deleted ${serial}`)).toBeUndefined();
      }
      for (let index = 0; index < 600; index += 1) {
        const found = store.get(`${round}:${index}`) as CacheEntry<Uint8Array> | undefined;
        const serial = found === undefined ? undefined : serialOf(`${round}:${index}`, found);
        if (serial !== index && serial !== index + 1) expect.fail(`${round}:${index} is lost`);
      }
    }
    expect(errors).toEqual([]);
  });
});
