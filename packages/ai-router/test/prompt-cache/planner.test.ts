import { describe, expect, it } from 'vitest';
import { applyPlan, type Plan } from '../../src/prompt-cache/plan.ts';
import { createPromptCachePlanner, type PromptCacheOptions } from '../../src/prompt-cache/planner.ts';
import type { Json, JsonObject, Usage } from '../../src/wire-format.ts';
import { assistant, conversation, messagesRequest, text, user, words } from '../support/messages.ts';
import { createPrefixPricing, type PrefixPricingOptions } from '../support/prefix-pricing.ts';

const second = 1_000;
const minute = 60 * second;
const sonnet = 'claude-sonnet-4-6';

/** A planner and the provider that it plans for. */
const setUp = (options?: PromptCacheOptions, pricing?: PrefixPricingOptions) => {
  const planner = createPromptCachePlanner(options);
  const upstream = createPrefixPricing(pricing);
  return {
    planner,
    upstream,
    plan: (body: JsonObject, now: number, tenant = 'a', model = sonnet) => planner.plan(body, { tenant, model, now }),
    /** Sends a request, and tells what came of it. */
    send(body: JsonObject, now: number): { plan: Plan; usage: Usage } {
      const plan = planner.plan(body, { tenant: 'a', model: sonnet, now });
      const usage = upstream.serve(applyPlan(body, plan), now);
      planner.learn(plan, usage);
      return { plan, usage };
    },
  };
};
const paths = ({ breakpoints }: Plan) => breakpoints.map(({ path }) => path.join('.'));
const question = (name: string, document = 'document', tokens = 5_000): JsonObject =>
  messagesRequest([user(text(document, tokens), text(`question ${name}`, 20))]);

describe('a planner in safe mode', () => {
  it('places nothing at first sight, and writes what comes back, as far as it came back', () => {
    const { send } = setUp();
    expect(send(question('1'), 0).plan).toMatchObject({ reason: 'no-gain', breakpoints: [] });
    const again = send(question('2'), minute);
    expect(again.plan.breakpoints).toEqual([{ path: ['messages', 0, 'content', 0], ttl: '5m' }]);
    expect(again.usage.cacheWriteTokens).toBeCloseTo(5_000, -2);
    const third = send(question('3'), 2 * minute);
    expect(third.usage.cachedInputTokens).toBeCloseTo(5_000, -2);
    expect(third.usage.cacheWriteTokens).toBe(0);
    expect(third.plan.readTokens).toBeCloseTo(5_000, -2);
  });

  it('does not place what came back after its lifetime only', () => {
    const { send } = setUp();
    send(question('1'), 0);
    expect(send(question('2'), 6 * minute).plan.breakpoints).toEqual([]);
  });

  it('writes the last turn of a conversation that has grown twice, seen before or not', () => {
    const { send } = setUp();
    const body = messagesRequest(conversation('c', 5));
    expect(paths(send(body, 0).plan)).toContain('messages.4.content.0');
    const grown = send(messagesRequest(conversation('c', 7)), minute);
    expect(grown.usage.cachedInputTokens).toBeCloseTo(3_000, -2);
    expect(paths(grown.plan)).toContain('messages.6.content.0');
  });

  it('writes the last turn of a model at work with its tools', () => {
    const messages = [
      user(text('task', 2_000)),
      assistant({ type: 'tool_use', id: '1', name: 'f', input: {} }),
      user({ type: 'tool_result', tool_use_id: '1', content: words('result', 300) }),
    ];
    expect(paths(setUp().send(messagesRequest(messages), 0).plan)).toContain('messages.2.content.0');
  });

  it('learns that prompts of a kind return, and then writes them at first sight', () => {
    const { send } = setUp();
    for (let index = 0; index < 12; index++) {
      send(question('1', `document ${index}`), index * 2 * minute);
      send(question('2', `document ${index}`), index * 2 * minute + 30 * second);
    }
    const { plan } = send(question('1', 'another document'), 24 * minute);
    expect(paths(plan)).toContain('messages.0.content.0');
    expect(plan.writeTokens).toBeGreaterThan(4_900);
  });

  it('learns that they do not, and then writes none at all', () => {
    const { send } = setUp();
    const twice = (index: number) => {
      send(question('1', `document ${index}`), index * 10 * minute);
      return send(question('2', `document ${index}`), index * 10 * minute + 4 * minute);
    };
    expect(twice(0).plan.reason).toBe('placed');
    for (let index = 1; index < 30; index++) twice(index);
    // A third never came: what is seen again is not written any more, only at first sight, because the second does come.
    const { plan } = send(question('x', 'document x'), 300 * minute);
    expect(plan.reason).toBe('placed');
    expect(send(question('y', 'document x'), 306 * minute).plan.writeTokens).toBe(0);
  });

  it('keeps for an hour what comes back after more than five minutes', () => {
    const { send } = setUp();
    for (let index = 0; index < 20; index++) send(question(`${index}`), index * 10 * minute);
    const { plan, usage } = send(question('last'), 200 * minute);
    expect(plan.breakpoints.map(({ ttl }) => ttl)).toEqual(['1h']);
    expect(usage.cachedInputTokens).toBeCloseTo(5_000, -2);
  });

  it('marks where the last request wrote when a turn brings more blocks than the lookback spans', () => {
    const { send } = setUp();
    send(messagesRequest(conversation('c', 5)), 0);
    const long = [
      ...conversation('c', 5),
      assistant(text('answer', 50)),
      user(...Array.from({ length: 40 }, (_, index) => text(`part ${index}`, 40))),
    ];
    const { plan, usage } = send(messagesRequest(long), minute);
    expect(paths(plan)).toContain('messages.4.content.0');
    expect(usage.cachedInputTokens).toBeCloseTo(3_000, -2);
  });

  it('spends no breakpoint on that within the lookback', () => {
    const { send } = setUp();
    send(messagesRequest(conversation('c', 5)), 0);
    const { usage } = send(messagesRequest(conversation('c', 9)), minute);
    expect(usage.cachedInputTokens).toBeCloseTo(3_000, -2);
  });
});

describe('a planner in aggressive mode', () => {
  const tools = [{ name: 'f', description: words('tool', 800), input_schema: {} }];
  const body = (name: string) => messagesRequest([user(text(name, 400))], { tools, system: words('system', 3_000) });

  it('writes tools and a long system prompt at first sight, and not what follows', () => {
    const { send } = setUp({ mode: 'aggressive' });
    const { plan, usage } = send(body('one'), 0);
    expect(paths(plan)).toContain('system');
    expect(usage.cacheWriteTokens).toBeLessThan(3_950);
    expect(send(body('two'), minute).usage.cachedInputTokens).toBeGreaterThan(3_700);
  });

  it('does what safe mode does not', () => {
    expect(setUp({ mode: 'safe' }).send(body('one'), 0).plan.breakpoints).toEqual([]);
  });
});

describe('a planner leaves alone', () => {
  it('requests with breakpoints of their own, however few', () => {
    const { send, plan } = setUp();
    const own = messagesRequest([user({ ...text('document', 5_000), cache_control: { type: 'ephemeral' } })]);
    for (let index = 0; index < 3; index++) expect(plan(own, index)).toMatchObject({ reason: 'own', breakpoints: [] });
    expect(send(question('1'), 0).plan.reason).toBe('no-gain');
  });

  it('everything when it is off', () => {
    const { plan } = setUp({ mode: 'off' });
    for (let index = 0; index < 3; index++)
      expect(plan(question('1'), index)).toMatchObject({ reason: 'off', breakpoints: [] });
  });

  it('models whose cache saves nothing', () => {
    const { plan } = setUp({ prices: { version: '', models: { m: { input: 1, output: 2 } } } });
    for (let index = 0; index < 3; index++) expect(plan(question('1'), index, 'a', 'm').reason).toBe('unpriced');
  });

  it.each([
    ['claude-opus-5-5', 512],
    ['claude-sonnet-4-6', 1_024],
    ['claude-opus-4-7', 2_048],
    ['claude-haiku-4-5', 4_096],
    ['claude-haiku-4-5-20251001', 4_096],
    ['claude-of-tomorrow', 4_096],
  ])('prompts too short for %s, and no others', (model, least) => {
    const { plan } = setUp();
    let now = 0;
    const planned = (tokens: number) => {
      now += 2 * minute;
      plan(question('1', `document ${tokens}`, tokens), now, 'a', model);
      return plan(question('2', `document ${tokens}`, tokens), now + minute, 'a', model);
    };
    expect(planned(least - 60)).toMatchObject({ reason: 'short', breakpoints: [] });
    expect(planned(least + 10).reason).toBe('placed');
  });
});

describe('a planner keeps apart', () => {
  it('tenants and models', () => {
    const { plan } = setUp();
    plan(question('1'), 0);
    expect(plan(question('2'), minute, 'b').breakpoints).toEqual([]);
    expect(plan(question('3'), minute, 'a', 'claude-opus-4-8').breakpoints).toEqual([]);
    expect(plan(question('4'), minute).reason).toBe('placed');
  });

  it('a prefix that is being written from one that can be read', () => {
    const { plan, planner } = setUp({ settleMs: 2_500 });
    plan(question('1'), 0);
    const writing = plan(question('2'), minute);
    expect(writing.writeTokens).toBeGreaterThan(0);
    expect(plan(question('3'), minute + 100)).toMatchObject({ breakpoints: [], readTokens: 0 });
    planner.learn(writing, { inputTokens: 5_020, outputTokens: 1, cacheWriteTokens: 5_000 });
    expect(plan(question('4'), minute + 200).readTokens).toBeGreaterThan(0);
  });
});

describe('what came of a plan', () => {
  const first = (options?: PromptCacheOptions) => {
    const set = setUp(options);
    set.plan(question('1'), 0);
    return { ...set, written: set.plan(question('2'), minute) };
  };
  const sent = { inputTokens: 5_020, outputTokens: 1 };

  it('is nothing where no answer was made: nothing is in the cache, and nothing spent', () => {
    const { plan, planner, written } = first({ creditTokens: 1_300 });
    planner.learn(written, undefined);
    expect(plan(question('3'), minute + 10 * second)).toMatchObject({
      readTokens: 0,
      writeTokens: expect.closeTo(5_000, -2),
    });
  });

  it('is not known where nothing was told: what was set aside stays so', () => {
    const { plan } = first({ creditTokens: 1_300 });
    expect(plan(question('3'), minute + 10 * second).breakpoints).toEqual([]);
  });

  it('is spent where it was written, so that a small credit allows for no more', () => {
    const { plan, planner, written } = first({ creditTokens: 1_300 });
    planner.learn(written, { ...sent, cacheWriteTokens: 5_000 });
    plan(question('1', 'other'), 2 * minute);
    expect(plan(question('2', 'other'), 3 * minute)).toMatchObject({ breakpoints: [], writeTokens: 0 });
  });

  it('raises the least length where the provider wrote nothing', () => {
    const { plan, planner, written } = first();
    planner.learn(written, { ...sent, cachedInputTokens: 0, cacheWriteTokens: 0 });
    expect(plan(question('3'), 2 * minute).breakpoints).toEqual([]);
    plan(question('1', 'long', 9_000), 2 * minute);
    expect(plan(question('2', 'long', 9_000), 3 * minute).reason).toBe('placed');
  });

  it('corrects how many tokens a text has', () => {
    const { plan, planner } = setUp();
    for (let index = 0; index < 20; index++) {
      const planned = plan(question(`${index}`), index * 10 * second);
      const [cachedInputTokens, cacheWriteTokens] = [planned.readTokens * 2, planned.writeTokens * 2];
      planner.learn(planned, { ...sent, inputTokens: 10_040, cachedInputTokens, cacheWriteTokens });
    }
    expect(plan(question('last'), 4 * minute).readTokens).toBeCloseTo(10_000, -3);
  });

  it('is told once, and of this planner only', () => {
    const { planner, plan, written } = first({ creditTokens: 1_300 });
    for (let index = 0; index < 9; index++) planner.learn(written, undefined);
    planner.learn({ ...written }, undefined);
    // What a write of these 12,000 tokens costs was given back nine times over, had each been heard.
    plan(question('1', 'other', 12_000), 2 * minute);
    expect(plan(question('2', 'other', 12_000), 3 * minute).breakpoints).toEqual([]);
    expect(plan(question('1', 'third'), 4 * minute).reason).toBe('placed');
  });

  it('makes a cache that keeps nothing cost less and less', () => {
    const { plan, planner } = setUp({ creditTokens: 1_000_000 });
    let written = 0;
    const writes: number[] = [];
    for (let index = 0; index < 60; index++) {
      const planned = plan(question(`${index}`), index * 20 * second);
      const marked = planned.breakpoints.length > 0 ? 5_000 : 0;
      planner.learn(planned, { ...sent, cachedInputTokens: 0, cacheWriteTokens: marked });
      written += marked;
      writes.push(written);
    }
    expect(writes.at(-1)).toBeLessThanOrEqual(1_000_000 / 0.25);
  });
});

describe('memory', () => {
  it('is bounded, and what was seen long ago is let go of first', () => {
    const { plan } = setUp({ maxPrefixes: 100, creditTokens: 10_000_000 });
    plan(question('1', 'kept'), 0);
    for (let index = 0; index < 200; index++) {
      plan(question('1', `stranger ${index}`), index * 100);
      if (index % 10 === 0) plan(question(`${index}`, 'kept'), index * 100);
    }
    expect(plan(question('2', 'kept'), 30 * second).readTokens).toBeGreaterThan(0);
    expect(plan(question('2', 'stranger 0'), 30 * second).writeTokens).toBe(0);
    expect(plan(question('2', 'stranger 199'), 30 * second).reason).toBe('placed');
  });

  it('of tenants is bounded too', () => {
    const { plan } = setUp({ maxLanes: 2, creditTokens: 1_300 });
    const spend = (tenant: string, now: number): Plan => {
      plan(question('1', `${tenant}${now}`), now, tenant);
      return plan(question('2', `${tenant}${now}`), now + second, tenant);
    };
    expect(spend('a', 0).reason).toBe('placed');
    expect(spend('a', minute).reason).toBe('no-gain');
    spend('b', 2 * minute);
    spend('c', 3 * minute);
    // Forgotten, with what it had spent.
    expect(spend('a', 4 * minute).reason).toBe('placed');
  });

  it('bears a clock that goes back', () => {
    const { plan } = setUp();
    plan(question('1'), minute);
    expect(plan(question('2'), 0).reason).toBe('placed');
  });
});

describe('a body that is no Messages request', () => {
  it.each<[string, JsonObject]>([
    ['empty', {}],
    ['without messages', { model: sonnet, system: words('system', 5_000) }],
    ['with odd messages', { messages: [null, 7, { role: 'user', content: [null, { type: 'text' }] } as Json] }],
  ])('gets a plan that can be carried out: %s', (_, body) => {
    const { plan } = setUp({ mode: 'aggressive' });
    for (let index = 0; index < 3; index++) expect(() => applyPlan(body, plan(body, index * minute))).not.toThrow();
  });
});
