import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { costOf, type Price, priceOf, withOwnPrices } from '../src/cost.ts';
import { listPrices, type PriceFile } from '../src/prices.ts';

const file: PriceFile = JSON.parse(readFileSync(new URL('../src/prices/list-prices.json', import.meta.url), 'utf8'));
const models = Object.entries(listPrices.models);
const day = /^\d{4}-\d{2}-\d{2}$/;

describe('the file of list prices', () => {
  it('says when and where its prices were read', () => {
    expect(file.version).toMatch(day);
    for (const [name, { source, limitsSource, readOn }] of Object.entries(file.providers)) {
      expect(readOn, name).toMatch(day);
      if (name === 'sim') continue;
      for (const url of [source, limitsSource]) expect(new URL(url).protocol, name).toBe('https:');
    }
  });

  it('names every model once, and all of them are in the table', () => {
    const names = Object.values(file.providers).flatMap((provider) => Object.keys(provider.models));
    expect(new Set(names).size).toBe(names.length);
    expect(Object.keys(listPrices.models)).toEqual(names);
    expect(listPrices.version).toBe(file.version);
  });

  it.each(models)('has sound prices for %s', (name, price) => {
    const known: Record<keyof Price, true> = {
      input: true,
      output: true,
      cachedInput: true,
      cacheWrite: true,
      longCacheWrite: true,
      reasoning: true,
      batchFactor: true,
      longPrompt: true,
      leastCachedTokens: true,
      contextTokens: true,
      maxOutputTokens: true,
      capabilities: true,
    };
    for (const [field, value] of Object.entries(price)) {
      expect(known, field).toHaveProperty(field);
      if (typeof value === 'number') expect(Number.isFinite(value) && value >= 0, field).toBe(true);
    }
    const { input, output, cachedInput = 0, cacheWrite = input, longCacheWrite = cacheWrite } = price;
    // Embeddings have no output tokens.
    expect(output).toBeGreaterThanOrEqual(name.includes('embedding') ? 0 : input);
    expect(cachedInput).toBeLessThanOrEqual(input);
    expect(cacheWrite).toBeGreaterThanOrEqual(input);
    expect(longCacheWrite).toBeGreaterThanOrEqual(cacheWrite);
    const { batchFactor = 1, maxOutputTokens = 0, contextTokens = Number.POSITIVE_INFINITY } = price;
    expect(batchFactor).toBeGreaterThan(0);
    expect(batchFactor).toBeLessThanOrEqual(1);
    expect(maxOutputTokens).toBeLessThan(contextTokens);
  });

  it("keeps Anthropic's multiples: 1.25 to write for five minutes, 2 for an hour", () => {
    for (const [name, price] of Object.entries(file.providers.anthropic?.models ?? {})) {
      expect(price.cacheWrite, name).toBeCloseTo(price.input * 1.25, 9);
      expect(price.longCacheWrite, name).toBeCloseTo(price.input * 2, 9);
      expect([512, 1_024, 2_048, 4_096], name).toContain(price.leastCachedTokens);
    }
  });
});

describe('a table of prices', () => {
  it("takes over the provider's discount for batches", () => {
    for (const { batchFactor, models: theirs } of Object.values(file.providers)) {
      for (const name of Object.keys(theirs)) expect(listPrices.models[name]?.batchFactor, name).toBe(batchFactor);
    }
    expect(listPrices.models['claude-sonnet-4-6']?.batchFactor).toBe(0.5);
    expect(listPrices.models['grok-4.7']).not.toHaveProperty('batchFactor');
  });

  it('is found by a dated name, and not by a similar one', () => {
    expect(priceOf(listPrices, 'claude-haiku-4-5-20251001')).toBe(listPrices.models['claude-haiku-4-5']);
    expect(priceOf(listPrices, 'claude-haiku-4')).toBeUndefined();
  });
});

describe('prices of your own', () => {
  const own = {
    'claude-sonnet-4-6': { input: 2 },
    mine: { input: 1, output: 2 },
    'reseller/claude-sonnet-4-6': { output: 20 },
    'meta-llama/llama': { input: 3, output: 4 },
  };
  const table = withOwnPrices(listPrices, own, ['reseller', 'openrouter']);
  const million = { inputTokens: 1_000_000, outputTokens: 1_000_000 };
  const listed = listPrices.models['claude-sonnet-4-6'];

  it('add models and change what they name of those that are listed', () => {
    expect(table.version).toBe(`${listPrices.version}+own`);
    expect(table.models.mine).toEqual({ input: 1, output: 2 });
    expect(table.models['claude-sonnet-4-6']).toEqual({ ...listed, input: 2 });
    expect(table.models['gpt-5']).toBe(listPrices.models['gpt-5']);
  });

  it('of one provider hold for it alone, dated versions too', () => {
    for (const model of ['claude-sonnet-4-6', 'claude-sonnet-4-6-20260101']) {
      expect(costOf(table, model, million, { provider: 'reseller' })).toBe(3 + 20);
      expect(costOf(table, model, million, { provider: 'anthropic' })).toBe(2 + 15);
      expect(costOf(table, model, million)).toBe(2 + 15);
    }
  });

  it('are of a model where the name before the slash is no provider', () => {
    expect(costOf(table, 'meta-llama/llama', million, { provider: 'openrouter' })).toBe(7);
  });

  it('leave the list as it was', () => {
    expect(listPrices.models).not.toHaveProperty('mine');
    expect(costOf(listPrices, 'claude-sonnet-4-6', million)).toBe(3 + 15);
  });
});
