import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject } from '@hotpath/runtime';
import { createCostEstimate } from '../../src/keys/estimate-cost.ts';
import {
  type Admission,
  createGatekeeper,
  type Gatekeeper,
  type GatekeeperOptions,
} from '../../src/keys/gatekeeper.ts';
import type { KeyRefusal } from '../../src/keys/refusal.ts';
import type { KeyStore } from '../../src/keys/store.ts';
import type { Place } from './support.ts';

export const question: JsonObject = {
  model: 'openai/gpt-4o',
  messages: [{ role: 'user', content: 'hi' }],
  max_tokens: 100,
};

/** What the models of these tests cost, dollars a token. */
export const prices: Record<string, number> = { 'gpt-4o': 0.01, 'gpt-4o-mini': 0.001 };
const names: Record<string, readonly string[]> = {
  fast: ['openai/gpt-4o-mini', 'groq/llama-3'],
  'gpt-4o': ['openai/gpt-4o'],
};

export const gate = (place: Place, store: KeyStore, options: Partial<GatekeeperOptions> = {}): Gatekeeper =>
  createGatekeeper(store, {
    allowAnonymous: true,
    anonymousTenant: () => 'anybody',
    modelsOf: (name) => (name === undefined ? ['openai/gpt-4o'] : (names[name] ?? [name])),
    estimateUsd: createCostEstimate({
      costOf: (model, { inputTokens, outputTokens }) => prices[model] && prices[model] * (inputTokens + outputTokens),
      inputTokensOf: () => 10,
    }),
    now: () => place.now,
    onError: (error) => place.errors.push(error),
    ...options,
  });

export const bearer = (secret: string): IncomingHttpHeaders => ({ authorization: `Bearer ${secret}` });

export const admit = (
  gatekeeper: Gatekeeper,
  headers: IncomingHttpHeaders,
  body = question,
): Admission | KeyRefusal => {
  const result = gatekeeper.admit(headers, 'openai-chat', body);
  if (result instanceof Promise) throw new Error('it answered later');
  return result;
};

export const refused = (result: Admission | KeyRefusal): KeyRefusal => {
  if (!('error' in result)) throw new Error('it was admitted');
  return result;
};

export const admitted = (result: Admission | KeyRefusal): Admission => {
  if ('error' in result) throw new Error(`it was refused: ${result.error.message}`);
  return result;
};

export const codeOf = (result: Admission | KeyRefusal): [number, string | undefined] => {
  const { status, code } = refused(result).error;
  return [status, code];
};
