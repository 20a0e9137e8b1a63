import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHotpath, planHotpath } from '../src/compose.ts';
import { validateConfig } from '../src/validate.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hotpath-economy-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const options = () => ({ environment: { HOTPATH_HOME: folder, OLLAMA_HOST: '127.0.0.1:1' }, folder });

describe('the configuration of the economy lane', () => {
  it('is on, with its journal in the state folder', async () => {
    const { config } = await planHotpath({}, options());
    expect(config.economy).toEqual({
      enabled: true,
      path: join(folder, 'state', 'economy.sqlite'),
      windowMs: 30_000,
      liveReserveMs: 300_000,
      leastWaitMs: 900_000,
      pollMs: 10_000,
      maxRequests: 10_000,
    });
  });

  it('takes durations in words, and a path from its own folder', async () => {
    const { config } = await planHotpath({ economy: { windowMs: '2m', path: 'here/jobs.sqlite' } }, options());
    expect(config.economy).toMatchObject({ windowMs: 120_000, path: join(folder, 'here', 'jobs.sqlite') });
  });

  it.each([
    [{ windowMs: 'soon' }, /economy\.windowMs: expected a duration/],
    [{ enabled: 'maybe' }, /economy\.enabled: expected true or false/],
    [{ maxRequests: 100_000 }, /economy\.maxRequests/],
    [{ window: 1 }, /economy\.window: unknown key\. Did you mean "windowMs"\?/],
  ])('refuses %j', (economy, problem) => {
    expect(() => validateConfig({ economy }, { environment: {} })).toThrow(problem);
  });

  it.each([true, false])('makes no file before it is needed (enabled: %s)', async (enabled) => {
    const hotpath = await createHotpath({ economy: { enabled }, cache: { enabled: false } }, options());
    await hotpath.router.query({ prompt: 'Hello', deadlineMs: 3_600_000 });
    await hotpath.close();
    expect(existsSync(join(folder, 'state'))).toBe(false);
  });
});
