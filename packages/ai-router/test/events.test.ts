import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AttemptEvent, type CacheFaultEvent, channels, type RequestEndEvent } from '../src/events.ts';
import { createRouter } from '../src/router.ts';
import { keys, own, taking } from './support/own-keys.ts';
import { record } from './support/recorder.ts';
import { completion, events, scripted } from './support/scripted-provider.ts';

const heard: { name: string; event: unknown }[] = [];
const listeners = Object.entries(channels).map(([name, channel]) => {
  const listener = (event: unknown): void => void heard.push({ name, event });
  return { channel, listener };
});
beforeEach(() => {
  heard.length = 0;
  for (const { channel, listener } of listeners) channel.subscribe(listener);
});
afterEach(() => {
  for (const { channel, listener } of listeners) channel.unsubscribe(listener);
});

const named = <Event>(name: string): Event[] =>
  heard.filter((entry) => entry.name === name).map(({ event }) => event as Event);
const turn = () => new Promise((resolve) => setImmediate(resolve));

function set() {
  const entries = new Map();
  const provider = scripted();
  const router = createRouter({
    providers: [provider],
    cache: { get: (key) => entries.get(key), set: (key, answer) => entries.set(key, answer) },
  });
  const ask = (stream = false) => {
    const body = { model: 'm', stream, messages: [{ role: 'user', content: 'a secret question' }] };
    return router.answer({ protocol: 'openai-chat', body, tenant: 'key:secret' }, record());
  };
  return { provider, ask, router };
}

describe('what the router announces', () => {
  it('is each request with its outcome, and each call to a provider', async () => {
    const { provider, ask } = set();
    ask();
    ask();
    provider.last.json(200, completion('a secret answer'));
    ask();
    expect(named<RequestEndEvent>('requestEnd').map(({ cache, outcome }) => `${cache} ${outcome}`)).toEqual([
      'miss complete',
      'coalesced complete',
      'hit complete',
    ]);
    expect(named<RequestEndEvent>('requestEnd').every(({ usage }) => usage?.inputTokens === 3)).toBe(true);
    expect(named<AttemptEvent>('attemptStart')).toHaveLength(1);
    expect(named<AttemptEvent>('attemptEnd')).toMatchObject([{ status: 200, outcome: 'complete', provider: 'p' }]);
  });

  it('tells why answers ended: whole ones, those that were shared, and those from the cache', () => {
    const { provider, ask } = set();
    ask();
    ask();
    provider.last.json(200, completion('whole'));
    ask();
    ask(true);
    provider.last.open();
    provider.last.send(...events('streamed'));
    provider.last.end();
    ask(true);
    const ended = named<RequestEndEvent>('requestEnd');
    expect(ended.map(({ cache }) => cache)).toEqual(['miss', 'coalesced', 'hit', 'miss', 'hit']);
    expect(ended.map(({ finishReason }) => finishReason)).toEqual(['stop', 'stop', 'stop', 'stop', 'stop']);
  });

  it('tells a failure, a client that left and an abandoned call', async () => {
    const { provider, ask } = set();
    const ticket = ask(true);
    provider.last.open();
    provider.last.send(...events('a').slice(0, 1));
    ticket.leave();
    ask(true);
    provider.last.open();
    provider.last.send(...events('a').slice(0, 2));
    provider.last.end();
    expect(named<RequestEndEvent>('requestEnd').map(({ outcome }) => outcome)).toEqual(['left', 'failed']);
    expect(named<RequestEndEvent>('requestEnd')[1]?.error?.code).toBe('ROUTER_UPSTREAM_CUT');
    expect(named<AttemptEvent>('attemptEnd').map(({ outcome }) => outcome)).toEqual(['abandoned', 'failed']);
  });

  it('tells of each call what it says of the health of its provider', () => {
    const provider = scripted();
    const router = createRouter({ providers: [provider], attempts: { maxAttempts: 1 } });
    const answers: readonly (readonly [status: number, headers?: Record<string, string>])[] = [
      [200],
      [400],
      [401],
      [429, { 'retry-after': '60' }],
      [429],
      [529],
    ];
    for (const [status, headers = {}] of answers) {
      const body = { model: 'm', messages: [{ role: 'user', content: 'a' }] };
      router.answer({ protocol: 'openai-chat', body }, record());
      const { receiver } = provider.last;
      receiver.onHead(status, { 'content-type': 'application/json', ...headers });
      receiver.onData(Buffer.from(JSON.stringify(status === 200 ? completion('b') : { error: { message: 'no' } })));
      receiver.onEnd();
    }
    expect(named<AttemptEvent>('attemptEnd').map(({ status, health }) => `${status} ${health}`)).toEqual([
      '200 well',
      '400 undefined',
      '401 undefined',
      '429 undefined',
      '429 ill',
      '529 ill',
    ]);
  });

  it("does not hold the account of a client's own key against its provider", () => {
    const provider = taking(scripted('openai', 'openai-chat', ['m']), 'openai');
    const router = createRouter({ providers: [provider], attempts: { maxAttempts: 1 } });
    const quota = { error: { message: 'no', type: 'insufficient_quota', code: 'insufficient_quota' } };
    const answers = [[429, quota] as const, [429, { error: { message: 'no' } }] as const, [500, {}] as const];
    for (const credential of [own(keys.openai), undefined])
      for (const [status, answer] of answers) {
        const body = { model: 'm', messages: [{ role: 'user', content: 'a' }] };
        router.answer({ protocol: 'openai-chat', body, ...(credential && { credential }) }, record());
        provider.last.json(status, answer);
      }
    expect(named<AttemptEvent>('attemptEnd').map(({ status, health }) => `${status} ${health}`)).toEqual([
      '429 undefined',
      '429 undefined',
      '500 ill',
      '429 ill',
      '429 ill',
      '500 ill',
    ]);
  });

  it('never holds a prompt, an answer or a key, but on the channel of content', async () => {
    const { provider, ask } = set();
    ask();
    provider.last.json(200, completion('a secret answer'));
    const [content] = named<unknown>('content');
    expect(JSON.stringify(content)).toContain('a secret answer');
    const others = heard.filter(({ name }) => name !== 'content');
    expect(others.length).toBeGreaterThan(3);
    expect(JSON.stringify(others)).not.toContain('secret');
  });

  it('includes the faults of the cache', async () => {
    const provider = scripted();
    const broken = () => {
      throw new Error('broken');
    };
    const router = createRouter({ providers: [provider], cache: { peek: broken, get: broken, set: broken } });
    const body = { model: 'm', messages: [] };
    router.answer({ protocol: 'openai-chat', body }, record());
    await turn();
    provider.last.json(200, completion('ok'));
    expect(named<CacheFaultEvent>('cacheFault').map(({ operation }) => operation)).toEqual(['peek', 'get', 'set']);
  });
});
