import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Gateway, startGateway } from './support/gateway.ts';

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({});
});
afterAll(() => gateway.stop());

it('embeds texts without any key, the same ones near each other', async () => {
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'none', maxRetries: 0 });
  const input = ['red apples and pears', 'pears and red apples', 'the train to Basel is late'];
  const { data, usage } = await client.embeddings.create({ model: 'sim/sim-1', input });
  const [one, same, other] = data.map(({ embedding }) => embedding) as [number[], number[], number[]];
  const near = (vector: readonly number[]) => vector.reduce((sum, value, at) => sum + value * (one[at] ?? 0), 0);
  expect(near(same)).toBeCloseTo(1, 5);
  expect(near(other)).toBeLessThan(0.5);
  expect(usage.prompt_tokens).toBeGreaterThan(0);
});

it('counts tokens without any key', async () => {
  const client = new Anthropic({ baseURL: gateway.url, apiKey: 'none', maxRetries: 0 });
  const messages = [{ role: 'user' as const, content: 'How many tokens are these?' }];
  expect(await client.messages.countTokens({ model: 'sim/sim-1', messages })).toEqual({ input_tokens: 10 });
});
