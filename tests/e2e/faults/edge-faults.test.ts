import { describe, expect, it } from 'vitest';
import { type Fault, startRawUpstream } from '../../upstream/index.ts';
import { ask, type Seen } from './support/ask.ts';
import { chunk, chunked, head, whole } from './support/raw-answers.ts';
import { canonicalText, type RigOptions, startRig } from './support/rig.ts';

const protocols = ['openai', 'anthropic'] as const;
const prefill = { fallbackTarget: { continues: 'prefill' } } as const;

const megabyte = 1_048_576;

const summary = ({ outcome, text, message }: Seen): string =>
  outcome === 'answer' && text === canonicalText ? 'whole' : `${outcome}: ${text.length} characters. ${message}`;

/** A stream through a fault at the primary, alone and with a fallback. */
async function streams(protocol: 'openai' | 'anthropic', fault: Fault, options: RigOptions = {}) {
  const summaries: string[] = [];
  for (const fallback of [undefined, protocol]) {
    await using rig = await startRig({ primary: protocol, fallback, ...prefill, ...options });
    rig.primary.inject(fault);
    summaries.push(summary(await ask(rig.url, { protocol, stream: true })));
  }
  return summaries;
}

describe.concurrent('an answer whose finish reason has been seen is whole', () => {
  it.each(protocols)('%s: although the connection is reset before the terminator', async (protocol) => {
    expect(await streams(protocol, { name: 'missing-done', end: 'reset' })).toEqual(['whole', 'whole']);
  });

  it('although its terminator is cut in the middle', async () => {
    expect(await streams('anthropic', { name: 'wrong-content-length', delta: -5 })).toEqual(['whole', 'whole']);
  });

  it.each(protocols)('%s: although it stalls for less than the wait for the terminator', async (protocol) => {
    const route = { route: { stallMs: 300 }, config: { timeouts: { idleMs: 300 } } };
    expect(await streams(protocol, { name: 'missing-done', end: 'open' }, route)).toEqual(['whole', 'whole']);
  });
});

it('an object that is no answer is asked for again rather than passed on', async () => {
  await using upstream = await startRawUpstream(({ socket }) => socket.write(whole('{}')));
  await using rig = await startRig({ fallback: 'openai', primaryAt: upstream });
  expect(summary(await ask(rig.url, { protocol: 'openai', stream: false }))).toBe('whole');
});

it('a silent provider of a whole answer is left while there is time for another', async () => {
  await using rig = await startRig({ fallback: 'openai', config: { timeouts: { totalMs: 3_000 } } });
  rig.primary.inject('hang');
  expect(summary(await ask(rig.url, { protocol: 'openai', stream: false }))).toBe('whole');
});

it('a fallback that refuses a prefill is told to go on instead', async () => {
  await using rig = await startRig({ fallback: 'openai', ...prefill, fallbackKnobs: { rejectPrefill: true } });
  rig.primary.inject({ name: 'destroy-stream', after: 40, of: 60 });
  expect(summary(await ask(rig.url, { protocol: 'openai', stream: true }))).toBe('whole');
});

it('a continuation that is cut, too, is not asked for again at once, and again', async () => {
  await using rig = await startRig({ fallback: 'openai', ...prefill });
  for (const { inject } of rig.upstreams) inject({ name: 'destroy-stream', after: 5, of: 60 });
  const { outcome } = await ask(rig.url, { protocol: 'openai', stream: true });
  const times = rig.fallback.requests.map(({ openedAt }) => openedAt);
  expect([outcome, times.length < 5 || (times.at(-1) ?? 0) - (times[0] ?? 0) > 250]).toEqual(['error', true]);
});

it('connections that the provider resets on reuse never use up the budget for retries', async () => {
  await using rig = await startRig({ config: { attempts: { backoffMs: 10 } } });
  rig.primary.inject('close-on-reuse');
  const seen: string[] = [];
  for (let count = 0; count < 100; count += 1)
    seen.push(summary(await ask(rig.url, { protocol: 'openai', stream: false })));
  expect(seen.filter((each) => each !== 'whole')).toEqual([]);
});

it('a list of models that does not end is given up before it fills the memory', async () => {
  let sent = 0;
  await using upstream = await startRawUpstream(({ socket }) => {
    socket.write(head('200 OK', 'content-type: application/json', chunked));
    const piece = chunk(' '.repeat(65_536));
    const pour = (): void => {
      while (!socket.destroyed && sent < 128 * megabyte) {
        sent += piece.length;
        if (!socket.write(piece)) {
          socket.once('drain', pour);
          return;
        }
      }
      socket.destroy();
    };
    pour();
  });
  await using rig = await startRig({ primaryAt: upstream });
  await rig.hotpath.router.models();
  expect(sent / megabyte).toBeLessThan(100);
});

it('a status that is none does not reach the client', async () => {
  await using upstream = await startRawUpstream(({ socket }) => socket.write(head('600 What', 'content-length: 0')));
  await using rig = await startRig({ primaryAt: upstream });
  expect((await ask(rig.url, { protocol: 'openai', stream: false })).status).toBe(502);
});
