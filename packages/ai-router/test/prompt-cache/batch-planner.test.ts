import { describe, expect, it } from 'vitest';
import type { PriceTable } from '../../src/cost.ts';
import { createBatchPlanner, type PlannedRequest } from '../../src/prompt-cache/batch-planner.ts';
import type { JsonObject, Usage } from '../../src/wire-format.ts';
import { createPrefixPricing } from '../support/prefix-pricing.ts';

const model = 'claude';
const price = { input: 3, cachedInput: 0.3, cacheWrite: 3.75, longCacheWrite: 6, output: 15, leastCachedTokens: 1_024 };
const prices: PriceTable = { version: 'test', models: { [model]: price } };

const hour = 3_600_000;
const text = (name: string, tokens: number): string => `${name} `.padEnd(Math.round(tokens * 3.6), 'x');

const asks = (count: number, system: string, more: JsonObject = {}): PlannedRequest[] =>
  Array.from({ length: count }, (_, index) => ({
    tenant: 'a',
    body: JSON.stringify({ model, system, messages: [{ role: 'user', content: `question ${index}` }], ...more }),
  }));

function set(mode: 'safe' | 'aggressive' = 'safe') {
  let now = 0;
  const planner = createBatchPlanner({ mode, prices, now: () => now });
  return {
    planner,
    wait: (ms: number) => {
      now += ms;
    },
    mark: (requests: readonly PlannedRequest[], batch = 'batch') => planner.mark(batch, 'anthropic', requests),
    learn: (share: number, answers: number, batch = 'batch') => {
      const usage = { inputTokens: 2_000, outputTokens: 1 };
      for (let index = 0; index < answers; index += 1)
        planner.learn(batch, 'anthropic', model, {
          ...usage,
          cachedInputTokens: index < share * answers ? 1_500 : 0,
          cacheWriteTokens: index < share * answers ? 0 : 1_500,
        });
    },
  };
}

/** Lifetimes of the breakpoints, by where they are. */
function marksOf(body: string): Record<string, string> {
  const marks: Record<string, string> = {};
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    const { cache_control: control } = value as { cache_control?: { ttl?: string } };
    if (control) marks[path] = control.ttl ?? '5m';
    for (const [name, inner] of Object.entries(value)) visit(inner, path === '' ? name : `${path}.${name}`);
  };
  visit(JSON.parse(body), '');
  return marks;
}

const system = text('instructions', 2_000);

describe('requests of one batch', () => {
  it('are marked on what they share, and nowhere else', async () => {
    const { mark } = set();
    const asked = asks(10, system);
    for (const body of await mark(asked)) expect(marksOf(body)).toEqual({ 'system.0': '5m' });
    const [first] = await mark(asked);
    expect(JSON.parse(first ?? '')).toMatchObject({
      system: [{ type: 'text', text: system }],
      messages: [{ role: 'user', content: 'question 0' }],
    });
  });

  it('are marked from that number on at which the least documented hit rate pays for the writes', async () => {
    // 5 minutes: n > 1.25 + (n - 1)(0.3 x 0.1 + 0.7 x 1.25) from n = 4 on, and by 2 % of the prefix from 5 on.
    const counts = await Promise.all(
      [1, 2, 3, 4, 5, 6].map(async (count) => {
        const [body] = await set().mark(asks(count, system));
        return Object.keys(marksOf(body ?? '')).length;
      }),
    );
    expect(counts).toEqual([0, 0, 0, 0, 1, 1]);
  });

  it('are the very bytes where nothing long enough is shared, or somebody marked it already', async () => {
    const { mark } = set();
    const short = asks(10, text('brief', 900));
    expect(await mark(short)).toEqual(short.map(({ body }) => body));
    const marked = { type: 'text', text: 'question', cache_control: { type: 'ephemeral', ttl: '1h' } };
    const own = asks(10, system, { messages: [{ role: 'user', content: [marked] }] });
    expect(await mark(own)).toEqual(own.map(({ body }) => body));
    const alien = asks(10, system, { model: 'unpriced-at-a-discount' });
    const planner = createBatchPlanner({
      mode: 'safe',
      prices: { version: 'test', models: { 'unpriced-at-a-discount': { input: 1, output: 1 } } },
      now: () => 0,
    });
    expect(await planner.mark('b', 'anthropic', alien)).toEqual(alien.map(({ body }) => body));
  });

  it('of other tenants and other models share nothing', async () => {
    const { mark } = set();
    const mixed = [
      ...asks(4, system),
      ...asks(4, system).map((ask) => ({ ...ask, tenant: 'b' })),
      ...asks(4, system, { model: 'claude-20250101' }),
    ];
    expect(await mark(mixed)).toEqual(mixed.map(({ body }) => body));
  });

  it('that share a document below the instructions are marked at both', async () => {
    const { mark } = set();
    const about = (document: string, question: number): PlannedRequest => ({
      tenant: 'a',
      body: JSON.stringify({
        model,
        system,
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: text(document, 3_000) },
              { type: 'text', text: `question ${question}` },
            ],
          },
        ],
      }),
    });
    const asked = ['one', 'two'].flatMap((document) => Array.from({ length: 8 }, (_, index) => about(document, index)));
    for (const body of await mark(asked))
      expect(marksOf(body)).toEqual({ 'system.0': '5m', 'messages.0.content.0': '5m' });
  });

  it('have four breakpoints at most', async () => {
    const { mark, learn } = set();
    // So that nothing but their number bounds them.
    await mark(asks(10, system));
    learn(0.9, 40);
    const branch = (path: readonly number[]): PlannedRequest[] =>
      path.length === 4
        ? asks(6, '', {
            messages: [
              {
                role: 'user',
                content: [0, ...path].map((name, depth) => ({ type: 'text', text: text(`${depth}-${name}`, 1_500) })),
              },
            ],
          })
        : [0, 1].flatMap((next) => branch([...path, next]));
    const bodies = await mark(branch([]), 'branches');
    for (const body of bodies) expect(Object.keys(marksOf(body))).toHaveLength(4);
  });
});

describe('what batches tell', () => {
  it('ends the marks where too little is found again, until that is long ago', async () => {
    const { mark, learn, wait } = set();
    const asked = asks(10, system);
    await mark(asked);
    learn(0, 100);
    expect(await mark(asked)).toEqual(asked.map(({ body }) => body));
    wait(48 * hour);
    expect(marksOf((await mark(asked))[0] ?? '')).toEqual({ 'system.0': '5m' });
  });

  it('brings the hour where it pays even so and answers came later than five minutes', async () => {
    const { mark, learn, wait } = set();
    const asked = asks(100, system);
    await mark(asked);
    wait(200_000);
    learn(0.8, 100);
    expect(marksOf((await mark(asked, 'next'))[0] ?? '')).toEqual({ 'system.0': '5m' });
    wait(1_000_000);
    learn(0.8, 1_000, 'next');
    expect(marksOf((await mark(asked, 'third'))[0] ?? '')).toEqual({ 'system.0': '1h' });
  });

  it('never brings the hour where what is found would not pay for it', async () => {
    const { mark, learn, wait } = set();
    const asked = asks(100, system);
    await mark(asked);
    wait(1_000_000);
    learn(0.45, 1_000);
    expect(marksOf((await mark(asked))[0] ?? '')).toEqual({ 'system.0': '5m' });
  });

  it('is the hour from the start where that is bet on, and no more once it lost', async () => {
    const { mark, learn, wait } = set('aggressive');
    const asked = asks(100, system);
    expect(marksOf((await mark(asked))[0] ?? '')).toEqual({ 'system.0': '1h' });
    wait(1_000_000);
    learn(0.3, 1_000);
    expect(marksOf((await mark(asked))[0] ?? '')).toEqual({ 'system.0': '5m' });
  });
});

describe('the bill of batches', () => {
  /** So many at once, as batches are worked through: none reads what is written at the same moment. */
  const billOf = (bodies: readonly string[], atOnce: number, told?: (usage: Usage) => void): number => {
    const pricing = createPrefixPricing({ firstByteMs: 1_000 });
    return bodies.reduce((sum, body, index) => {
      const usage = pricing.serve(JSON.parse(body) as JsonObject, Math.floor(index / atOnce) * 2_000);
      told?.(usage);
      return sum + pricing.billOf(usage);
    }, 0);
  };

  it.each([
    ['a few at a time', 4, 0.5],
    ['half at a time', 20, 0.75],
  ])('is lower with marks where they are answered %s', async (_, atOnce, most) => {
    const { mark } = set();
    const asked = asks(40, system);
    const plain = billOf(
      asked.map(({ body }) => body),
      atOnce,
    );
    expect(billOf(await mark(asked), atOnce)).toBeLessThan(plain * most);
  });

  it('stakes no more than 50,000 tokens before answers have told, however large the batch', async () => {
    const { mark, learn } = set();
    const asked = asks(1_000, text('instructions', 10_000));
    const isMarked = (body: string): boolean => Object.keys(marksOf(body)).length > 0;
    const first = (await mark(asked)).filter(isMarked);
    expect(first.length).toBeGreaterThan(10);
    expect(first.length * 10_000 * 0.25).toBeLessThan(55_000);
    expect((await mark(asked, 'second')).filter(isMarked)).toEqual([]);
    learn(0.9, first.length);
    learn(0.9, 20);
    expect((await mark(asked, 'third')).filter(isMarked)).toHaveLength(1_000);
  });

  it('is at most a quarter higher where all are answered at once, for the first batch alone', async () => {
    const { planner, mark } = set();
    const asked = asks(40, system);
    const plain = billOf(
      asked.map(({ body }) => body),
      40,
    );
    const first = billOf(await mark(asked), 40, (usage) => planner.learn('batch', 'anthropic', model, usage));
    expect(first).toBeLessThanOrEqual(plain * 1.25);
    expect(billOf(await mark(asked), 40)).toBe(plain);
  });
});
