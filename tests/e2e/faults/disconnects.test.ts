import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import type { Fault, RecordedRequest, Upstream } from '../../upstream/index.ts';
import { ask } from './support/ask.ts';
import { type Rig, type RigOptions, startRig } from './support/rig.ts';

/** A client that has left is noticed within this, the middle of five tries; a busy machine is slow now and then. */
const noticedMs = 100;

interface Leaving {
  readonly rig?: RigOptions;
  readonly stream?: boolean;
  readonly primary: Fault;
  readonly fallback?: Fault;
  /** When the client leaves. @default as it reads the first piece */
  readonly when?: (primary: readonly RecordedRequest[], fallback: readonly RecordedRequest[]) => boolean;
}

const middle = (numbers: readonly number[]): number =>
  [...numbers].sort((one, other) => one - other)[numbers.length >> 1] ?? Number.NaN;

/** Gateways whose clients have all left, and the calls that were made until then. */
const deserted: { readonly name: string; readonly rig: Rig; readonly calls: number }[] = [];
afterAll(() => Promise.all(deserted.map(({ rig }) => rig[Symbol.asyncDispose]())));

const callsTo = (rig: Rig): number => rig.upstreams.flatMap(({ requests }) => requests).length;

/** How long the last call to an upstream outlived its client, milliseconds. */
async function outlived(rig: Rig, { rig: options, stream = true, when }: Leaving): Promise<number> {
  const before = new Set(rig.upstreams.flatMap(({ requests }) => requests));
  const since = ({ requests }: Upstream) => requests.filter((request) => !before.has(request));
  const client = new AbortController();
  const reading = Promise.withResolvers<void>();
  const asked = ask(rig.url, {
    protocol: options?.primary ?? 'openai',
    stream,
    // Those who ask the same share one call.
    content: `Say sixty words, after ${before.size} calls.`,
    signal: client.signal,
    onText: () => reading.resolve(),
  });
  if (when) {
    const isTime = (): boolean => when(since(rig.primary), since(rig.fallback));
    await Promise.race(rig.upstreams.map((upstream) => upstream.waitFor(isTime)));
  } else await reading.promise;
  const leftAt = performance.now();
  client.abort();
  await Promise.all(rig.upstreams.map((upstream) => upstream.waitFor(({ active }) => active === 0)));
  await asked;
  const closed = rig.upstreams.flatMap(since).map(({ closedAt }) => closedAt ?? Number.NaN);
  return Math.max(...closed) - leftAt;
}

const hang: Fault = { name: 'hang' };
const stall: Fault = { name: 'stall-stream', after: 5, of: 60 };
const both = { fallback: 'openai', fallbackTarget: { continues: 'prefill' } } as const;
const cut: Fault = { name: 'destroy-stream', after: 40, of: 60 };

type Requests = readonly RecordedRequest[];
const arrived = (primary: Requests): boolean => (primary[0]?.body.length ?? 0) > 0;
const atBoth = (primary: Requests, fallback: Requests): boolean => arrived(primary) && arrived(fallback);
const atFallback = (_primary: Requests, fallback: Requests): boolean => arrived(fallback);
const refused = ([first]: Requests): boolean => first?.closedAt !== undefined;

const race = { ...both, route: { strategy: 'race' } } as const;
const hedge = { ...both, route: { hedge: { afterMs: 50, budget: 1 } } } as const;

describe('a client that leaves', () => {
  it.each<readonly [string, Leaving]>([
    ['before the head of a stream', { primary: hang, when: arrived }],
    ['a whole answer', { primary: hang, stream: false, when: arrived }],
    ['before the first token', { primary: { name: 'slow-first-token', ms: 60_000 }, when: arrived }],
    ['in the middle of a stream', { primary: stall }],
    ['in the middle of messages', { rig: { primary: 'anthropic' }, primary: stall }],
    [
      'in the middle of a translated stream',
      {
        rig: { primary: 'anthropic', ...both },
        primary: { name: 'unauthorized' },
        fallback: stall,
      },
    ],
    ['a hedge', { rig: hedge, primary: hang, fallback: hang, when: atBoth }],
    ['a race', { rig: race, primary: hang, fallback: hang, when: atBoth }],
    ['a race for a whole answer', { rig: race, stream: false, primary: hang, fallback: hang, when: atBoth }],
    ['a continuation', { rig: both, primary: cut, fallback: stall, when: atFallback }],
    ['a continuation that has not begun', { rig: both, primary: cut, fallback: hang, when: atFallback }],
    ['the wait before a retry', { primary: { name: 'rate-limit', seconds: 1 }, when: refused }],
  ])('%s: the provider hears of it at once', async (name, leaving) => {
    const rig = await startRig(leaving.rig);
    rig.primary.inject(leaving.primary);
    if (leaving.fallback) rig.fallback.inject(leaving.fallback);
    const tries: number[] = [];
    for (let count = 0; count < 5; count += 1) tries.push(await outlived(rig, leaving));
    deserted.push({ name, rig, calls: callsTo(rig) });
    expect(middle(tries)).toBeLessThan(noticedMs);
  });

  it('is nobody any call is made for afterwards', async () => {
    await delay(1_500);
    for (const { name, rig, calls } of deserted) {
      expect([name, callsTo(rig)]).toEqual([name, calls]);
      expect(rig.hotpath.router.health().map(({ inFlight }) => inFlight)).not.toContain(1);
    }
  });
});

describe('the call that lost', () => {
  it.each(['hedge', 'race'] as const)('a %s is cancelled as soon as the other one answers', async (kind) => {
    const route = kind === 'race' ? ({ strategy: 'race' } as const) : { hedge: { afterMs: 50, budget: 1 } };
    for (const stream of [true, false]) {
      await using rig = await startRig({ ...both, route });
      rig.primary.inject(hang);
      const seen = await ask(rig.url, { protocol: 'openai', stream });
      expect(seen.model).toBe('gpt-4o-mini');
      await rig.primary.waitFor(({ active }) => active === 0);
      const [lost] = rig.primary.requests;
      const [won] = rig.fallback.requests;
      expect(lost?.aborted).toBe(true);
      expect((lost?.closedAt ?? Number.NaN) - (won?.closedAt ?? Number.NaN)).toBeLessThan(1_000);
      expect([rig.primary.requests.length, rig.fallback.requests.length]).toEqual([1, 1]);
    }
  });
});
