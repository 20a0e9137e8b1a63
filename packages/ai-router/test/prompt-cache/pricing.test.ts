import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/wire-format.ts';
import { idealBill } from '../support/ideal-bill.ts';
import { assistant, messagesRequest, text, user } from '../support/messages.ts';
import { oracleBill } from '../support/oracle.ts';
import { billOf, createPrefixPricing, pricedBlocks } from '../support/prefix-pricing.ts';
import { seededRandom } from '../support/random.ts';
import { agents, bursts, mix, quitters, readers } from '../support/random-traffic.ts';

const minute = 60_000;
const mark = (block: Json, ttl?: '1h'): JsonObject => ({
  ...(block as JsonObject),
  cache_control: { type: 'ephemeral', ...(ttl && { ttl }) },
});
const blocks = (count: number, tokens = 200): JsonObject[] =>
  Array.from({ length: count }, (_, index) => text(`b${index}`, tokens));
/** A request of so many blocks, with breakpoints on some. */
const marked = (count: number, at: readonly number[], ttl?: '1h') =>
  messagesRequest([user(...blocks(count).map((block, index) => (at.includes(index + 1) ? mark(block, ttl) : block)))]);
const reads = (pricing: ReturnType<typeof createPrefixPricing>, body: JsonObject, now: number) =>
  Math.round((pricing.serve(body, now).cachedInputTokens ?? 0) / 200);

describe("the model of Anthropic's prompt cache", () => {
  it('finds what an earlier request wrote, up to 20 positions back from a breakpoint', () => {
    const pricing = createPrefixPricing();
    expect(reads(pricing, marked(10, [10]), 0)).toBe(0);
    expect(reads(pricing, marked(15, [15]), 1)).toBe(10);
    expect(reads(pricing, marked(35, [35]), 2)).toBe(0);
  });

  it('finds it from a second breakpoint that is nearer', () => {
    const pricing = createPrefixPricing();
    pricing.serve(marked(15, [15]), 0);
    expect(reads(pricing, marked(35, [15, 35]), 1)).toBe(15);
  });

  it('counts a run of tool calls as one position, and one of tool results', () => {
    const pricing = createPrefixPricing();
    const many = Array.from({ length: 30 }, (_, index) => index);
    const calls = many.map((id) => ({ type: 'tool_use', id: `${id}`, name: 'f', input: {} }));
    const results = many.map((id) => ({ type: 'tool_result', tool_use_id: `${id}`, content: 'x' }));
    const start = blocks(10);
    pricing.serve(messagesRequest([user(...start.slice(0, 9), mark(start[9] as JsonObject))]), 0);
    const next = messagesRequest([
      user(...start),
      assistant(...calls),
      user(...results.slice(0, 29), mark(results[29] as JsonObject)),
    ]);
    expect(reads(pricing, next, 1)).toBe(10);
  });

  it('never writes anywhere but at a breakpoint', () => {
    const pricing = createPrefixPricing();
    pricing.serve(messagesRequest([user(...blocks(9), mark(text('one', 200)))]), 0);
    expect(reads(pricing, messagesRequest([user(...blocks(9), mark(text('two', 200)))]), 1)).toBe(0);
  });

  it('keeps an entry for its lifetime from its last use', () => {
    const pricing = createPrefixPricing();
    pricing.serve(marked(10, [10]), 0);
    expect(reads(pricing, marked(10, [10]), 5 * minute)).toBe(10);
    expect(reads(pricing, marked(10, [10]), 10 * minute)).toBe(10);
    expect(reads(pricing, marked(10, [10]), 15 * minute + 1)).toBe(0);
    pricing.serve(marked(12, [12], '1h'), 0);
    expect(reads(pricing, marked(12, [12], '1h'), 60 * minute)).toBe(12);
  });

  it('caches nothing below the least length, and reads nothing before an answer has begun', () => {
    const short = createPrefixPricing({ leastTokens: 2_100 });
    expect(short.serve(marked(10, [10]), 0)).toMatchObject({ cacheWriteTokens: 0 });
    const slow = createPrefixPricing({ firstByteMs: 1_000 });
    slow.serve(marked(10, [10]), 0);
    expect(reads(slow, marked(10, [10]), 999)).toBe(0);
    expect(reads(slow, marked(10, [10]), 1_000)).toBe(10);
  });

  it('is emptied by another tool, system prompt or choice of tools', () => {
    const body = (more: JsonObject) => messagesRequest([user(...blocks(9), mark(text('end', 200)))], more);
    for (const more of [
      { tools: [{ name: 'f', input_schema: {} }] },
      { system: 'x' },
      { tool_choice: { type: 'any' } },
    ]) {
      const pricing = createPrefixPricing();
      pricing.serve(body({}), 0);
      expect(reads(pricing, body(more), 1)).toBe(0);
      expect(reads(pricing, body({}), 2)).toBe(10);
    }
  });

  it('bills reads, writes of both lifetimes and fresh input once each', () => {
    const pricing = createPrefixPricing();
    const [a, b, c, d] = blocks(4, 2_000) as [JsonObject, JsonObject, JsonObject, JsonObject];
    pricing.serve(messagesRequest([user(mark(a, '1h'))]), 0);
    const usage = pricing.serve(messagesRequest([user(mark(a, '1h'), mark(b, '1h'), mark(c), d)]), 1);
    expect(Math.round(pricing.billOf(usage))).toBe(2_000 * 0.1 + 2_000 * 2 + 2_000 * 1.25 + 2_000);
    expect(billOf({ inputTokens: 100, outputTokens: 9 })).toBe(100);
  });

  it('refuses what the API refuses', () => {
    const serve = (body: JsonObject) => () => createPrefixPricing().serve(body, 0);
    expect(serve(marked(5, [1, 2, 3, 4, 5]))).toThrow('maximum of 4');
    const [a, b] = blocks(2) as [JsonObject, JsonObject];
    expect(serve(messagesRequest([user(mark(a), mark(b, '1h'))]))).toThrow('must not come after');
    expect(serve(messagesRequest([assistant(mark({ type: 'thinking', thinking: '', signature: '' }))]))).toThrow(
      'thinking',
    );
    expect(serve(messagesRequest([user(mark({ type: 'text', text: '' }))]))).toThrow('empty');
    const tools = [mark({ name: 'f', input_schema: {}, defer_loading: true })];
    expect(serve(messagesRequest([], { tools }))).toThrow('deferred');
  });
});

describe('the bill of who knows the future', () => {
  const at = (minutes: number, ...names: string[]) => ({
    at: minutes * minute,
    blocks: pricedBlocks(messagesRequest([user(...names.map((name) => text(name, 1_000)))])),
  });
  const bill = (...requests: ReturnType<typeof at>[]) => Math.round(idealBill(requests, { leastTokens: 0 }));

  it('writes nothing that does not come again', () => {
    expect(bill(at(0, 'a'), at(1, 'b'))).toBe(2_000);
  });

  it('writes once what does, for as long as it takes', () => {
    expect(bill(at(0, 'a'), at(1, 'a'))).toBe(1_350);
    expect(bill(at(0, 'a'), at(6, 'a'))).toBe(2_000);
    expect(bill(at(0, 'a'), at(6, 'a'), at(12, 'a'))).toBe(2_200);
    expect(bill(at(0, 'a'), at(1, 'a'), at(30, 'a'))).toBe(2_200);
    expect(bill(at(0, 'a'), at(61, 'a'))).toBe(2_000);
  });

  it('decides for every block on its own', () => {
    expect(bill(at(0, 'a', 'b'), at(1, 'a', 'c'))).toBe(1_350 + 2_000);
  });

  it('cannot write what is too short, alone or as a part', () => {
    const least = (leastTokens: number) => Math.round(idealBill([at(0, 'a', 'b'), at(1, 'a', 'b')], { leastTokens }));
    expect(least(1_500)).toBe(2_700);
    expect(least(2_500)).toBe(4_000);
  });
});

describe('the oracle that knows the future', () => {
  it.each([1, 2, 3])('saves nearly as much as the bound that nobody gets below, and no more', (seed) => {
    const random = seededRandom(seed);
    const clients = [agents(random, 'a'), quitters(random, 'q', 5), readers(random, 'r'), bursts(random, 'b')];
    const requests = mix(clients, 400).map(({ at, body }) => ({ at, blocks: pricedBlocks(body) }));
    const plain = requests.reduce((sum, { blocks }) => sum + (blocks.at(-1)?.prefixTokens ?? 0), 0);
    const options = { firstByteMs: 3_000 };
    const bound = idealBill(requests, { ...options, lifetimes: ['5m'] });
    const oracle = oracleBill(requests, options);
    expect(oracle).toBeGreaterThan(bound - 1);
    expect((plain - oracle) / (plain - bound)).toBeGreaterThan(0.95);
  });

  it('writes once what is asked for many times before it can be read, and reads it afterwards', () => {
    const at = [0, 100, 200, 2_000];
    const requests = at.map((each) => ({ at: each, blocks: pricedBlocks(marked(10, [])) }));
    const options = { firstByteMs: 1_000 };
    expect(oracleBill(requests, options)).toBeCloseTo(2_000 * (1.25 + 1 + 1 + 0.1), -2);
    expect(idealBill(requests, options)).toBeCloseTo(2_000 * (1.25 + 1 + 1 + 0.1), -2);
  });
});
