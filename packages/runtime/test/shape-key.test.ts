import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { channels } from '@hotpath/ai-router';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createHotpath } from '../src/compose.ts';
import type { HotpathConfig } from '../src/config.ts';
import { openShapeKey } from '../src/shape-key.ts';

let home: string;
let folder: string;
const path = (): string => join(folder, 'shape.key');
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hotpath-shape-'));
  folder = join(home, 'state');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

it('the key of prompts is made once, for this user alone', () => {
  const key = openShapeKey(folder);
  expect(key).toHaveLength(32);
  expect(openShapeKey(folder)).toEqual(key);
  expect(readdirSync(folder)).toEqual(['shape.key']);
  expect(statSync(path()).mode & 0o777).toBe(0o600);
});

it('what is no key is replaced, and where none can be kept there is none', () => {
  openShapeKey(folder);
  writeFileSync(path(), 'half');
  const key = openShapeKey(folder);
  expect(key).toHaveLength(32);
  expect(openShapeKey(folder)).toEqual(key);
  writeFileSync(join(home, 'file'), '');
  expect(openShapeKey(join(home, 'file', 'state'))).toBeUndefined();
});

/** The shapes that are told of one request to each of two assemblies of the same user. */
const shapesOf = async (telemetry?: HotpathConfig['telemetry']): Promise<unknown[]> => {
  const shapes: unknown[] = [];
  const listen = (event: unknown): void => void shapes.push((event as { readonly shape?: string }).shape);
  channels.requestEnd.subscribe(listen);
  for (const prompt of ['order 1', 'order 2']) {
    const hotpath = await createHotpath(
      { providers: { sim: {} }, detect: { environment: false, ollama: false }, telemetry },
      { environment: { HOTPATH_HOME: home }, warmCache: false },
    );
    await hotpath.router.query({ model: 'sim/sim-1', prompt });
    await hotpath.close();
  }
  channels.requestEnd.unsubscribe(listen);
  return shapes;
};

it('prompts have the same shape in each process of a user', async () => {
  const [one, other] = await shapesOf();
  expect(one).toMatch(/^[\w-]{12}$/);
  expect(other).toBe(one);
  expect(readFileSync(path(), 'utf8')).toHaveLength(44);
});

it('no key is made where nothing is recorded', async () => {
  expect(await shapesOf({ enabled: false })).toEqual([undefined, undefined]);
  expect(() => statSync(path())).toThrow('ENOENT');
});
