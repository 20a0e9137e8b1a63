import { type AnswerCache, type CachedAnswer, packAnswer } from './answer.ts';
import { createAnswerTags } from './answer-tags.ts';
import { channels } from './events.ts';

/** An answer to be kept, and how it came about. */
export interface KeptAnswer extends CachedAnswer {
  /** US dollars. */
  readonly costUsd: number | undefined;
  readonly loadMs: number;
  readonly origin: 'set' | 'load';
}

/** The router's side of its cache: a fault in it is announced, and never fails a request. */
export interface AnswerShelf {
  peek(key: string): CachedAnswer | undefined;
  get(key: string): Promise<CachedAnswer | undefined> | CachedAnswer | undefined;
  set(key: string, answer: KeptAnswer): void;
}

/** `ttlMs`: how long an answer may be used, milliseconds. `maxBytes`: larger ones are not kept. */
export function createAnswerShelf(
  cache: AnswerCache,
  { ttlMs, maxBytes }: { readonly ttlMs: number; readonly maxBytes: number },
): AnswerShelf {
  const tagsOf = createAnswerTags();
  return {
    peek: (key) => guard('peek', () => cache.peek?.(key)),
    get(key) {
      const kept = guard('get', () => cache.get(key));
      return kept instanceof Promise ? kept.catch((error: unknown) => void reportFault('get', error)) : kept;
    },
    set(key, { costUsd, loadMs, origin, body, ...head }) {
      if (body.byteLength > maxBytes) return;
      const about = { ttlMs, costUsd, loadMs, tags: tagsOf(head.provider, head.model), origin };
      guard('set', () => cache.set(key, packAnswer(head, body), about));
    },
  };
}

function guard<Value>(operation: 'peek' | 'get' | 'set', run: () => Value): Value | undefined {
  try {
    const result = run();
    if (operation === 'set' && result instanceof Promise) result.catch((error) => reportFault('set', error));
    return result;
  } catch (error) {
    reportFault(operation, error);
    return undefined;
  }
}

function reportFault(operation: 'peek' | 'get' | 'set', error: unknown): void {
  if (channels.cacheFault.hasSubscribers) channels.cacheFault.publish({ operation, error });
}
