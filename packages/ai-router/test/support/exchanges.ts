import type { AnswerCache, CachedAnswer } from '../../src/answer.ts';
import type { Exchange } from '../../src/exchange.ts';
import { createRouter, type RouterOptions } from '../../src/router.ts';
import type { JsonObject } from '../../src/wire-format.ts';
import { record } from './recorder.ts';
import { type ScriptedProvider, scripted } from './scripted-provider.ts';

/** A cache in a map. */
export const memory = (): AnswerCache & { readonly entries: Map<string, CachedAnswer> } => {
  const entries = new Map<string, CachedAnswer>();
  return {
    entries,
    peek: (key) => entries.get(key),
    get: async (key) => entries.get(key),
    set: (key, answer) => void entries.set(key, answer),
  };
};

/** Lets what is due happen. */
export const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A router over a provider that the test answers for, and a way to ask it as a client would. */
export function set(options: Partial<RouterOptions> = {}, provider: ScriptedProvider = scripted()) {
  const cache = memory();
  const router = createRouter({ providers: [provider], cache, attempts: { maxAttempts: 1 }, ...options });
  const ask = async (body: JsonObject = {}, more: Partial<Exchange> = {}, takes?: number) => {
    const sink = record(takes);
    const full = { model: 'm', messages: [{ role: 'user', content: 'hi' }], ...body };
    const raw = Buffer.from(JSON.stringify(full));
    const ticket = router.answer({ protocol: 'openai-chat', body: full, raw, ...more }, sink);
    await turn();
    return { sink, ticket, raw };
  };
  return { router, provider, cache, ask };
}
