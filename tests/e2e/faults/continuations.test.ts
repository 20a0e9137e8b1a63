import { describe, expect, it } from 'vitest';
import type { Fault } from '../../upstream/index.ts';
import { ask, type Seen } from './support/ask.ts';
import { canonicalText, type Protocol, type RigOptions, startRig } from './support/rig.ts';

const protocols = ['openai', 'anthropic'] as const;
/** Which protocol the client and the primary speak, and which the fallback. */
const pairs = protocols.flatMap((spoken) => protocols.map((other) => ({ spoken, other })));
const prefill = {
  fallbackTarget: { continues: 'prefill' },
  config: { cache: { enabled: false }, timeouts: { firstTokenMs: 2_000, idleMs: 2_000, totalMs: 6_000 } },
} as const;

const summary = ({ outcome, text, message }: Seen): string =>
  outcome === 'answer' && text === canonicalText ? 'whole' : `${outcome}: ${text.length} characters. ${message}`;

/** Streams through a fault at the primary, and one at the fallback. */
async function stream(
  fault: Fault,
  { spoken, other }: { spoken: Protocol; other?: Protocol },
  options: RigOptions = prefill,
  second?: Fault,
) {
  await using rig = await startRig({ primary: spoken, fallback: other, ...options });
  rig.primary.inject(fault);
  if (second) rig.fallback.inject(second);
  const seen = await ask(rig.url, { protocol: spoken, stream: true });
  return { seen, calls: rig.upstreams.map(({ requests }) => [...requests]) };
}

describe.concurrent.each(pairs)('a stream of $spoken that the fallback on $other goes on with', (pair) => {
  it.each<readonly [string, Fault]>([
    ['that broke off in the middle of an event', { name: 'destroy-stream', after: 40, of: 60, bytes: 17 }],
    ...[215, 216, 217, 218, 219].map(
      (bytes) =>
        [
          `that broke off ${bytes} bytes into an event with characters of several bytes`,
          { name: 'destroy-stream', after: 20, of: 60, bytes },
        ] as const,
    ),
    ['whose provider told of an error', { name: 'error-event', after: 20, of: 60 }],
    ['that broke off after its first token', { name: 'destroy-stream', after: 1, of: 60 }],
    ['that broke off before its last token', { name: 'destroy-stream', after: 59, of: 60 }],
    ['that was reset', { name: 'reset-in-body', after: 30, of: 60 }],
  ])('%s', async (_name, fault) => {
    const { seen, calls } = await stream(fault, pair);
    expect(summary(seen)).toBe('whole');
    expect(calls.map((requests) => requests.length)).toEqual([1, 1]);
  });

  it.each<readonly [string, Fault]>([
    ['is down', { name: 'unavailable' }],
    ['refuses', { name: 'content-filter' }],
    ['is silent', { name: 'hang' }],
    ['wants no more requests', { name: 'rate-limit', seconds: 30 }],
  ])('ends in the error it broke off with where the fallback %s', async (_name, second) => {
    const { seen, calls } = await stream({ name: 'cut-stream', after: 40, of: 60 }, pair, prefill, second);
    expect(seen.outcome).toBe('error');
    expect(seen.message).toContain('primary ended its answer before it was complete');
    expect(canonicalText.startsWith(seen.text) && seen.text.length === 240).toBe(true);
    expect(calls.flat().length).toBeLessThanOrEqual(6);
  });

  it('begins anew, and says so, for a client that asked for it where nobody can go on', async () => {
    await using rig = await startRig({
      primary: pair.spoken,
      fallback: pair.other,
      fallbackTarget: { continues: false },
    });
    rig.primary.inject({ name: 'cut-stream', after: 40, of: 60 });
    const path = pair.spoken === 'openai' ? '/v1/chat/completions' : '/v1/messages';
    const response = await fetch(`${rig.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hotpath-on-cut': 'restart', 'anthropic-version': '2023-06-01' },
      body: JSON.stringify({
        model: 'route',
        max_tokens: 900,
        stream: true,
        messages: [{ role: 'user', content: 'Say it.' }],
      }),
    });
    const [before, after, ...more] = (await response.text()).split('event: hotpath.restart\n');
    expect([before?.includes('3939'), before?.includes('4040'), more]).toEqual([true, false, []]);
    expect(after).toMatch(/0000[\s\S]*5959[\s\S]*(\[DONE\]|message_stop"\})\n\n$/);
  });
});

it('the primary itself goes on where it can and nobody else is left', async () => {
  await using rig = await startRig({ primaryTarget: { continues: 'prefill' } });
  rig.primary.inject({ name: 'destroy-stream', after: 40, of: 60 }, { times: 1 });
  expect(summary(await ask(rig.url, { protocol: 'openai', stream: true }))).toBe('whole');
  expect(rig.primary.requests).toHaveLength(2);
});
