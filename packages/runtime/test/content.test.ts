import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHotpath } from '../src/compose.ts';
import { openContentStore } from '../src/content.ts';
import type { HotpathConfig } from '../src/index.ts';
import { openTelemetry } from '../src/telemetry.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hotpath-content-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const composed = (telemetry: HotpathConfig['telemetry'] = {}) =>
  createHotpath(
    { providers: { sim: {} }, defaultModel: 'sim/sim-1', telemetry },
    { folder: root, environment: { HOTPATH_HOME: root, OLLAMA_HOST: '127.0.0.1:1' } },
  );

/** Whether it stands in any file of what a user cannot compute again. */
const isKept = (text: string): boolean =>
  existsSync(join(root, 'state')) &&
  readdirSync(join(root, 'state')).some((name) => readFileSync(join(root, 'state', name)).includes(text));

describe('content of a composition', () => {
  it.each([false, true])(
    'is captured where it is switched on, redacted, in a process that is long: %s',
    async (isLong) => {
      const hotpath = await composed({ content: { enabled: true, redact: { patterns: ['C-\\d+'] } } });
      const telemetry = openTelemetry({ config: hotpath.config.telemetry, command: 'test', isLong });
      await hotpath.router.query({ prompt: 'An owl of customer C-4711 mails jane@example.com' });
      await hotpath.router.query({ prompt: 'An owl that nobody is told of', capture: 'off' });
      await telemetry.close();
      await hotpath.close();
      expect(isKept('jane@') || isKept('C-4711') || isKept('nobody is told')).toBe(false);
      const store = openContentStore({ path: join(root, 'state', 'content.sqlite') });
      expect(store.search({ text: 'owl' })).toMatchObject([{ command: 'test', model: 'sim-1', outcome: 'complete' }]);
      expect(store.get('1')?.prompt).toBe('user: An owl of customer [redacted] mails [e-mail]');
      expect(store.get('1')?.answer).not.toBe('');
      store.close();
    },
  );

  it.each([undefined, { enabled: false, content: { enabled: true } }])(
    'is not by default, nor without events: %j',
    async (config) => {
      const hotpath = await composed(config);
      const telemetry = openTelemetry({ config: hotpath.config.telemetry, command: 'test', isLong: true });
      await hotpath.router.query({ prompt: 'An owl' });
      expect(telemetry.content).toBeUndefined();
      await telemetry.close();
      await hotpath.close();
      expect(isKept('owl')).toBe(false);
      expect(existsSync(join(root, 'state', 'content.sqlite'))).toBe(false);
    },
  );

  it('that was captured before it was switched off is still found and deleted', async () => {
    mkdirSync(join(root, 'state'));
    const path = join(root, 'state', 'content.sqlite');
    const before = openContentStore({ path });
    const asked = { key: '', agent: '', protocol: 'openai-chat', provider: 'p', model: 'm' };
    const names = { ...asked, command: '', outcome: '', cache: '' };
    const texts = { prompt: { texts: ['owl'], isCut: false }, answer: '', isAnswerCut: false, requestId: 'r' };
    before.add([
      { ...names, ...texts, atMs: Date.now() },
      { ...names, ...texts, atMs: 1 },
    ]);
    before.close();
    const hotpath = await composed();
    const telemetry = openTelemetry({ config: hotpath.config.telemetry, command: 'test', isLong: true });
    expect(telemetry.content?.isCapturing).toBe(false);
    expect(await telemetry.content?.count()).toBe(1);
    await hotpath.router.query({ prompt: 'An owl' });
    expect(await telemetry.content?.delete({ all: true })).toEqual({ deleted: 1, isErased: true });
    await telemetry.close();
    await hotpath.close();
    expect(isKept('owl')).toBe(false);
  });

  it('that cannot be written fails no request, and is told once', async () => {
    mkdirSync(join(root, 'state', 'content.sqlite'), { recursive: true });
    const hotpath = await composed({ content: { enabled: true } });
    const told: unknown[] = [];
    const telemetry = openTelemetry({
      config: hotpath.config.telemetry,
      command: 'test',
      isLong: true,
      onError: (error) => told.push(error),
    });
    expect((await hotpath.router.query({ prompt: 'An owl' })).text).not.toBe('');
    await telemetry.close();
    await hotpath.close();
    expect(told).toMatchObject([{ code: 'TELEMETRY_STORE_UNAVAILABLE' }]);
  });

  it('lets a gateway end although a pattern goes on for ever, and tells what is lost', {
    timeout: 20_000,
  }, async () => {
    const hotpath = await composed({ content: { enabled: true, redact: { patterns: ['(a+)+b'] } } });
    const told: unknown[] = [];
    const { config } = hotpath;
    const onError = (error: unknown) => told.push(error);
    const telemetry = openTelemetry({ config: config.telemetry, command: 'test', isLong: true, onError });
    await hotpath.router.query({ prompt: 'a'.repeat(40) });
    await telemetry.close();
    await hotpath.close();
    expect(told).toMatchObject([{ code: 'TELEMETRY_CLOSED' }]);
  });

  it.each([
    [{ redact: { patterns: ['('] } }, 'telemetry.content.redact.patterns'],
    [{ redact: { patterns: ['('] } }, 'Unterminated group'],
    [{ redact: { patterns: ['x*'] } }, 'where there is nothing'],
    [{ keepMs: '1s' }, 'telemetry.content.keepMs'],
    [{ enable: true }, 'Did you mean "enabled"?'],
  ])('is refused where its settings are wrong: %j', async (content, told) => {
    await expect(composed({ content: content as object })).rejects.toThrow(told);
  });
});
