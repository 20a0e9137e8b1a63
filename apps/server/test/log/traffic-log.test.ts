import { cacheChannels, RouterError, routerChannels, runtimeChannels } from '@hotpath/runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { announceRefusal } from '../../src/events.ts';
import type { LogLevel } from '../../src/log/log.ts';
import { logTraffic, type StopTrafficLog } from '../../src/log/traffic-log.ts';
import { keptLog } from '../support/log-lines.ts';

let stop: StopTrafficLog | undefined;
afterEach(() => stop?.());

const start = (level: LogLevel = 'debug') => {
  const kept = keptLog({ level });
  const clock = { now: 0 };
  stop = logTraffic({ log: kept.log, now: () => clock.now });
  return {
    clock,
    async entries() {
      await kept.log.flush();
      return kept.entries();
    },
  };
};

const request = {
  protocol: 'openai-chat',
  provider: 'openai',
  model: 'gpt-4.1-mini',
  stream: true,
  cache: 'miss',
  outcome: 'complete',
  durationMs: 812.3456,
  firstByteMs: 301.005,
};

describe('a request', () => {
  it('has one line with all that is known of it', async () => {
    const { entries } = start('info');
    routerChannels.requestEnd.publish({
      ...request,
      requestId: '01jd2x7k9m000ak3j9x2',
      keyId: '7f3a',
      asked: 'fast',
      status: 200,
      attempts: 2,
      costUsd: 0.000123,
      estimatedUsd: 0.00002,
      usage: { inputTokens: 120, cachedInputTokens: 100, outputTokens: 50 },
      finishReason: 'stop',
    });
    expect(await entries()).toEqual([
      {
        level: 'info',
        id: '01jd2x7k9m000ak3j9x2',
        protocol: 'openai-chat',
        asked: 'fast',
        provider: 'openai',
        model: 'gpt-4.1-mini',
        stream: true,
        outcome: 'complete',
        status: 200,
        cache: 'miss',
        attempts: 2,
        inputTokens: 120,
        cachedInputTokens: 100,
        outputTokens: 50,
        costUsd: 0.000123,
        estimatedUsd: 0.00002,
        firstByteMs: 301.01,
        totalMs: 812.35,
        key: '7f3a',
        msg: 'request',
      },
    ]);
  });

  it('that failed says how, and one that its client left that it did', async () => {
    const { entries } = start('info');
    const error = new RouterError('ROUTER_MODEL_UNKNOWN', 'No provider has the model "x".', { status: 404 });
    routerChannels.requestEnd.publish({ ...request, provider: '', model: '', outcome: 'failed', asked: 'x', error });
    routerChannels.requestEnd.publish({ ...request, outcome: 'left' });
    const [failed, left] = await entries();
    expect(failed).toMatchObject({ level: 'info', outcome: 'failed', status: 404, code: 'ROUTER_MODEL_UNKNOWN' });
    expect(failed).not.toHaveProperty('provider');
    expect(left).toMatchObject({ level: 'info', outcome: 'left' });
  });

  it('that failed inside the router says where, for whoever looks for the fault', async () => {
    const { entries } = start('error');
    const cause = new TypeError('the prompt was "tell nobody"');
    const error = new RouterError('ROUTER_INTERNAL', 'The router failed.', { status: 500, cause });
    routerChannels.requestEnd.publish({ ...request, outcome: 'failed', error });
    const [entry] = await entries();
    expect(entry).toMatchObject({ level: 'error', code: 'ROUTER_INTERNAL' });
    expect(entry?.at).toMatch(/^at .*traffic-log\.test\.ts/);
    expect(JSON.stringify(entry)).not.toContain('tell nobody');
  });

  it('that the server refused has a line as well', async () => {
    const { entries } = start('info');
    announceRefusal('anthropic-messages', { status: 400, code: 'SERVER_BODY_INVALID' }, { requestId: 'a', keyId: 'b' });
    expect(await entries()).toEqual([
      {
        level: 'info',
        id: 'a',
        protocol: 'anthropic-messages',
        status: 400,
        code: 'SERVER_BODY_INVALID',
        key: 'b',
        msg: 'request refused',
      },
    ]);
  });

  it('has none where only faults are wanted', async () => {
    const { entries } = start('warn');
    routerChannels.requestEnd.publish(request);
    announceRefusal('openai-chat', { status: 400, code: 'SERVER_BODY_INVALID' });
    expect(await entries()).toEqual([]);
  });
});

describe('a fault', () => {
  it('is told of an attempt that failed, not of one that ended well or that nobody wanted', async () => {
    const { entries } = start('warn');
    const attempt = { provider: 'openai', model: 'gpt', stream: false, durationMs: 12.5 };
    const error = new RouterError('ROUTER_UPSTREAM_STATUS', 'openai answered 429: the prompt', {
      status: 429,
      type: 'rate_limit_error',
      reason: 'rate_limit_exceeded',
      retryAfterMs: 2000,
    });
    routerChannels.attemptEnd.publish({ ...attempt, outcome: 'complete', status: 200 });
    routerChannels.attemptEnd.publish({ ...attempt, outcome: 'abandoned', status: 0 });
    routerChannels.attemptEnd.publish({ ...attempt, outcome: 'failed', status: 429, error, requestId: 'a' });
    expect(await entries()).toEqual([
      {
        level: 'warn',
        id: 'a',
        provider: 'openai',
        model: 'gpt',
        status: 429,
        code: 'ROUTER_UPSTREAM_STATUS',
        type: 'rate_limit_error',
        reason: 'rate_limit_exceeded',
        retryAfterMs: 2000,
        totalMs: 12.5,
        msg: 'attempt failed',
      },
    ]);
  });

  it('of the cache is told at once, and then now and again with how often it came', async () => {
    const { entries, clock } = start('warn');
    const error = Object.assign(new Error('redis://:password@cache is down'), { code: 'ECONNREFUSED' });
    const down = () => cacheChannels.storeFault.publish({ store: 'redis', operation: 'get', error });
    for (let time = 0; time < 500; time += 1) down();
    routerChannels.cacheFault.publish({ operation: 'set', error });
    clock.now = 10_001;
    down();
    down();
    expect(await entries()).toEqual([
      { level: 'warn', store: 'redis', operation: 'get', code: 'ECONNREFUSED', msg: 'store fault' },
      { level: 'warn', operation: 'set', code: 'ECONNREFUSED', msg: 'cache fault' },
      { level: 'warn', store: 'redis', operation: 'get', code: 'ECONNREFUSED', times: 500, msg: 'store fault' },
    ]);
  });

  it('is told where entries were lost', async () => {
    const { entries } = start('warn');
    cacheChannels.entryDropped.publish({ store: 'sqlite', reason: 'file-damaged', entries: 12, error: undefined });
    expect(await entries()).toEqual([
      { level: 'warn', store: 'sqlite', reason: 'file-damaged', entries: 12, msg: 'entries dropped' },
    ]);
  });
});

describe('a reload', () => {
  const reload = { cause: 'file', file: '/etc/hotpath.config.yaml', durationMs: 12, needsRestart: [], warnings: [] };

  it('is told by how it ended', async () => {
    const { entries } = start();
    const { configReload } = runtimeChannels;
    const warnings = [{ code: 'PROVIDER_KEY_MISSING', message: 'providers.openai has no apiKey.' }] as const;
    configReload.publish({ ...reload, cause: 'file', outcome: 'applied', needsRestart: ['server.port'], warnings });
    configReload.publish({ ...reload, cause: 'request', outcome: 'unchanged' });
    const problems = [{ code: 'CONFIG_INVALID', path: 'cache.ttlMs', message: 'expected a duration.' }] as const;
    const error = { code: 'CONFIG_INVALID', message: 'two lines\nof it', problems };
    configReload.publish({ ...reload, cause: 'file', outcome: 'rejected', error });
    configReload.publish({
      ...reload,
      cause: 'file',
      outcome: 'rejected',
      error: { code: 'CONFIG_UNREADABLE', message: 'it throws "sk-0123456789"', problems: [] },
    });
    const about = { file: reload.file, totalMs: 12 };
    expect(await entries()).toEqual([
      { level: 'info', ...about, cause: 'file', msg: 'configuration applied' },
      {
        level: 'warn',
        file: reload.file,
        needsRestart: ['server.port'],
        msg: 'settings take effect with the next start',
      },
      { level: 'warn', code: 'PROVIDER_KEY_MISSING', msg: 'providers.openai has no apiKey.' },
      { level: 'debug', ...about, cause: 'request', msg: 'configuration unchanged' },
      {
        level: 'warn',
        ...about,
        cause: 'file',
        code: 'CONFIG_INVALID',
        problems: ['cache.ttlMs: expected a duration.'],
        msg: 'configuration rejected: the one in use stays',
      },
      {
        level: 'warn',
        ...about,
        cause: 'file',
        code: 'CONFIG_UNREADABLE',
        reason: 'it throws "***"',
        msg: 'configuration rejected: the one in use stays',
      },
    ]);
  });
});

describe('the end', () => {
  it('leaves nobody listening', async () => {
    const { entries } = start();
    stop?.();
    routerChannels.requestEnd.publish(request);
    announceRefusal('openai-chat', { status: 400, code: 'X' });
    expect(await entries()).toEqual([]);
    expect(routerChannels.requestEnd.hasSubscribers).toBe(false);
  });
});
