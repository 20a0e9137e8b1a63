import { vi } from 'vitest';
import type { Exchange } from '../../src/exchange.ts';
import { createRouter, type RouterOptions } from '../../src/router.ts';
import type { RouteOptions } from '../../src/routes.ts';
import type { JsonObject } from '../../src/wire-format.ts';
import { memory } from './exchanges.ts';
import { record } from './recorder.ts';
import { scripted } from './scripted-provider.ts';

/** A route "r" over two providers that the test answers for. */
export function set(route: Partial<RouteOptions> = {}, options: Partial<RouterOptions> = {}) {
  const [one, other] = [scripted('one'), scripted('other')];
  const cache = memory();
  const router = createRouter({
    providers: [one, other],
    routes: { r: { targets: ['one/m', 'other/m'], ...route } },
    cache,
    random: () => 0.5,
    ...options,
  });
  const ask = async (body: JsonObject = {}, more: Partial<Exchange> = {}) => {
    const sink = record();
    const full = { model: 'r', messages: [{ role: 'user', content: 'hi' }], ...body };
    const ticket = router.answer({ protocol: 'openai-chat', body: full, ...more }, sink);
    await settle();
    return { sink, ticket };
  };
  return { one, other, router, cache, ask };
}

/** Lets promises and what is due now happen. */
export const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

export const stream = { stream: true };

/** What the chunks of a stream say together. */
export const textOf = (sse: string): string =>
  [...sse.matchAll(/^data: (\{.*)$/gm)]
    .map(([, data]) => JSON.parse(data as string).choices?.[0]?.delta?.content ?? '')
    .join('');
