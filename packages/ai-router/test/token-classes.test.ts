import { describe, expect, it } from 'vitest';
import { breakdownOf, costOf } from '../src/cost.ts';
import { listPrices } from '../src/prices.ts';
import { classifyTokens } from '../src/token-classes.ts';
import type { Usage } from '../src/wire-format.ts';
import { seededRandom } from './support/random.ts';

const consistent: Usage = {
  inputTokens: 1_000,
  outputTokens: 300,
  cachedInputTokens: 500,
  cacheWriteTokens: 400,
  longCacheWriteTokens: 150,
  reasoningTokens: 200,
};

/** Anything that a provider might send where a count belongs. */
const reported = (random: () => number): number | undefined => {
  const kind = random();
  if (kind < 0.2) return undefined;
  if (kind < 0.25) return Number.NaN;
  if (kind < 0.3) return Number.POSITIVE_INFINITY;
  if (kind < 0.4) return -Math.floor(random() * 1_000);
  if (kind < 0.5) return 0;
  return Math.floor(random() * 1_000_000);
};

const usageOf = (random: () => number): Usage => {
  const fields = ['cachedInputTokens', 'cacheWriteTokens', 'longCacheWriteTokens', 'reasoningTokens'] as const;
  const rest = Object.fromEntries(
    fields.map((name) => [name, reported(random)]).filter(([, count]) => count !== undefined),
  );
  return { inputTokens: reported(random) ?? 0, outputTokens: reported(random) ?? 0, ...rest };
};

const count = (value: number): number => (Number.isFinite(value) ? Math.max(0, value) : 0);

describe('tokens by class', () => {
  it('do not overlap', () => {
    expect(classifyTokens(consistent)).toEqual({
      tokens: { input: 100, cachedInput: 500, cacheWrite: 250, longCacheWrite: 150, output: 100, reasoning: 200 },
      inconsistent: false,
    });
  });

  it('of a provider that tells no classes are all input and output', () => {
    expect(classifyTokens({ inputTokens: 7, outputTokens: 3 })).toEqual({
      tokens: { input: 7, cachedInput: 0, cacheWrite: 0, longCacheWrite: 0, output: 3, reasoning: 0 },
      inconsistent: false,
    });
  });

  it.each([
    ['more read from the cache than sent', { cachedInputTokens: 1_001 }],
    ['more read and written than sent', { cacheWriteTokens: 600 }],
    ['more written for long than written', { longCacheWriteTokens: 401 }],
    ['more reasoning than output', { reasoningTokens: 301 }],
    ['less than nothing', { cacheWriteTokens: -1 }],
    ['no number', { outputTokens: Number.NaN }],
  ])('are flagged for %s', (_, contradiction) => {
    expect(classifyTokens({ ...consistent, ...contradiction }).inconsistent).toBe(true);
  });

  it('are never negative and sum to the totals, whatever is reported', () => {
    const random = seededRandom(1);
    let flagged = 0;
    for (let round = 0; round < 3_000; round++) {
      const usage = usageOf(random);
      const { tokens, inconsistent } = classifyTokens(usage);
      for (const each of Object.values(tokens)) expect(each).toBeGreaterThanOrEqual(0);
      const read = tokens.input + tokens.cachedInput + tokens.cacheWrite + tokens.longCacheWrite;
      expect(read).toBe(count(usage.inputTokens));
      expect(tokens.output + tokens.reasoning).toBe(count(usage.outputTokens));
      if (inconsistent) flagged += 1;
      else {
        expect(tokens.cachedInput).toBe(usage.cachedInputTokens ?? 0);
        expect(tokens.cacheWrite + tokens.longCacheWrite).toBe(usage.cacheWriteTokens ?? 0);
      }
    }
    expect(flagged).toBeGreaterThan(1_500);
    expect(flagged).toBeLessThan(3_000);
  });
});

describe('dollars by class', () => {
  const breakdown = breakdownOf(listPrices, 'claude-sonnet-4-6', consistent);

  it('are each class at its own price', () => {
    expect(breakdown?.dollars).toEqual({
      input: expect.closeTo((100 * 3) / 1e6, 12),
      cachedInput: expect.closeTo((500 * 0.3) / 1e6, 12),
      cacheWrite: expect.closeTo((250 * 3.75) / 1e6, 12),
      longCacheWrite: expect.closeTo((150 * 6) / 1e6, 12),
      output: expect.closeTo((100 * 15) / 1e6, 12),
      reasoning: expect.closeTo((200 * 15) / 1e6, 12),
    });
  });

  it('sum to the cost of the answer', () => {
    const random = seededRandom(2);
    for (let round = 0; round < 1_000; round++) {
      const usage = usageOf(random);
      const parts = breakdownOf(listPrices, 'claude-haiku-5-5', usage);
      const sum = Object.values(parts?.dollars ?? {}).reduce((total, each) => total + each, 0);
      expect(parts?.totalDollars).toBeCloseTo(sum, 9);
      expect(costOf(listPrices, 'claude-haiku-5-5', usage)).toBe(parts?.totalDollars);
      expect(sum).toBeGreaterThanOrEqual(0);
    }
  });

  it('take reasoning at its own price where a model has one', () => {
    const table = { version: '2026-01-01', models: { m: { input: 0, output: 10, reasoning: 4 } } };
    expect(costOf(table, 'm', consistent)).toBeCloseTo((100 * 10 + 200 * 4) / 1e6, 12);
  });

  it('are half in a batch, and whole where a model has no batches', () => {
    const whole = breakdown?.totalDollars ?? 0;
    expect(costOf(listPrices, 'claude-sonnet-4-6', consistent, { batch: true })).toBeCloseTo(whole / 2, 12);
    const table = { version: '2026-01-01', models: { m: { input: 1, output: 10 } } };
    expect(costOf(table, 'm', consistent, { batch: true })).toBe(costOf(table, 'm', consistent));
  });

  it('are unknown for a model without a price', () => {
    expect(breakdownOf(listPrices, 'unheard-of', consistent)).toBeUndefined();
  });
});
