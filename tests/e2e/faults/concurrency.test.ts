import diagnostics from 'node:diagnostics_channel';
import { expect, it } from 'vitest';
import { startUpstream } from '../../upstream/index.ts';
import { ask } from './support/ask.ts';
import { startGatewayProcess, vitalsMissing } from './support/gateway-process.ts';
import { canonicalText, startRig } from './support/rig.ts';
import { complaintsAbout, faultChooser, faults, raiseStorm, seeded } from './support/storm.ts';

interface End {
  readonly outcome: 'complete' | 'failed' | 'left';
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number } | undefined;
}

/** The usages as text, in an order of their own. */
const accounts = (all: readonly Pick<End, 'usage'>[]): string[] =>
  all.map(({ usage }) => (usage ? `${usage.inputTokens} ${usage.outputTokens}` : 'none')).sort();

it('200 requests at once, with faults at both upstreams, are each answered once, and the accounts are equal', async () => {
  await using rig = await startRig({ fallback: 'anthropic' });
  const random = seeded(2026);
  for (const { set } of rig.upstreams) set({ chooseFault: faultChooser(random, 0.4) });
  let begun = 0;
  const ends: End[] = [];
  const onStart = (): void => void begun++;
  const onEnd = (event: unknown): void => void ends.push(event as End);
  diagnostics.subscribe('hotpath:ai-router:request-start', onStart);
  diagnostics.subscribe('hotpath:ai-router:request-end', onEnd);
  const replies = await raiseStorm({ ...rig, random, count: 200, name: 'At once', leaving: 0 });
  await Promise.all(rig.upstreams.map((upstream) => upstream.waitFor(({ active }) => active === 0)));
  diagnostics.unsubscribe('hotpath:ai-router:request-start', onStart);
  diagnostics.unsubscribe('hotpath:ai-router:request-end', onEnd);
  expect([begun, ends.length, replies.length]).toEqual([200, 200, 200]);

  expect(complaintsAbout(replies, rig.upstreams)).toEqual([]);
  const whole = replies.filter(({ outcome }) => outcome === 'answer');
  const complete = ends.filter(({ outcome }) => outcome === 'complete');
  expect(whole.length).toBeGreaterThan(120);
  expect(accounts(complete)).toEqual(accounts(whole));

  expect(rig.hotpath.router.health().map(({ inFlight }) => inFlight)).toEqual([0, 0]);
  for (const { set } of rig.upstreams) set({ chooseFault: () => undefined });
  const after = await raiseStorm({ ...rig, random, count: 20, name: 'After it', leaving: 0 });
  expect(after.map(({ text }) => text === canonicalText)).toEqual(Array(20).fill(true));
});

it('every fault gives back the room that its call had', async () => {
  const room = faults.length * 2;
  await using rig = await startRig({
    config: {
      cache: { enabled: false },
      timeouts: { firstTokenMs: 700, idleMs: 700, totalMs: 1_500 },
      limits: { providers: { primary: { concurrency: room } }, queueMs: 0 },
    },
  });
  const left = faults.flatMap(([, fault]) => [fault, fault]);
  rig.primary.set({ chooseFault: () => left.pop() });
  await Promise.all(
    left.map((_fault, index) =>
      ask(rig.url, { protocol: 'openai', stream: index % 2 === 0, content: `Into fault ${index}.` }),
    ),
  );
  expect(left).toEqual([]);
  rig.primary.set({ chooseFault: () => undefined, firstTokenMs: 300 });
  const after = await Promise.all(
    Array.from({ length: room + 1 }, (_, index) =>
      ask(rig.url, { protocol: 'openai', stream: false, content: `After fault ${index}.` }),
    ),
  );
  // All the room is there, and not more.
  expect(after.filter(({ outcome }) => outcome === 'answer')).toHaveLength(room);
  expect(after.filter(({ status }) => status === 429)).toHaveLength(1);
});

it.skipIf(vitalsMissing)('a process comes out of storms as it went in', async () => {
  const knobs = { text: canonicalText, tokens: 60 };
  await using primary = await startUpstream(knobs);
  await using fallback = await startUpstream(knobs);
  await using gateway = await startGatewayProcess({
    detect: { environment: false, ollama: false },
    timeouts: { connectMs: 1_000, firstTokenMs: 1_000, idleMs: 1_500, totalMs: 3_000 },
    providers: {
      primary: { type: 'openai', apiKey: 'k', baseUrl: primary.openaiUrl, models: ['gpt-4o'] },
      fallback: { type: 'anthropic', apiKey: 'k', baseUrl: fallback.url, models: ['claude-haiku-4-5'] },
    },
    routes: { route: { targets: ['primary/gpt-4o', 'fallback/claude-haiku-4-5'], firstTokenMs: 500, stallMs: 1_500 } },
    // Answers that are kept would grow the heap for a while.
    cache: { enabled: false },
  });
  const upstreams = [primary, fallback];
  const random = seeded(7);
  const rounds = [];
  for (let round = 0; round < 3; round += 1) {
    for (const { set } of upstreams) set({ chooseFault: faultChooser(random, 0.4) });
    const replies = await raiseStorm({ url: gateway.url, upstreams, random, count: 150, name: `Round ${round}` });
    expect(complaintsAbout(replies, upstreams)).toEqual([]);
    await Promise.all(upstreams.map((upstream) => upstream.waitFor(({ active }) => active === 0)));
    for (const { reset } of upstreams) reset();
    rounds.push(await gateway.vitals());
  }
  const [, warm, last] = rounds;
  if (!warm || !last) throw new Error('There were three rounds.');
  expect((last.heapUsed - warm.heapUsed) / 1_048_576).toBeLessThan(4);
  expect(last.resources.Timeout ?? 0).toBeLessThanOrEqual((warm.resources.Timeout ?? 0) + 5);
  expect(gateway.complaints()).not.toContain('    at ');
  expect(gateway.isRunning).toBe(true);
});
