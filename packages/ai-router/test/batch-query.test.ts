import { describe, expect, it } from 'vitest';
import { batchQuery } from '../src/batch-query.ts';
import { RouterError, upstreamClosed } from '../src/errors.ts';
import type { QueryOptions, QueryResult } from '../src/query.ts';

const result = (text: string): QueryResult => ({
  text,
  content: [{ type: 'text', text }],
  provider: 'p',
  model: 'm',
  finishReason: 'stop',
  cache: 'miss',
  latencyMs: 1,
});

/** An `ask` whose answers the test gives one by one. */
function controlled() {
  const waiting = new Map<string, { answer: () => void; fail: (error: Error) => void }>();
  let most = 0;
  const ask = ({ prompt = '', signal }: QueryOptions): Promise<QueryResult> => {
    const { promise, resolve, reject } = Promise.withResolvers<QueryResult>();
    waiting.set(prompt, { answer: () => resolve(result(prompt)), fail: reject });
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason));
    most = Math.max(most, waiting.size);
    return promise.finally(() => waiting.delete(prompt));
  };
  return { ask, waiting, most: () => most };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('batchQuery', () => {
  it('keeps the order asked, however the answers come, within its concurrency', async () => {
    const { ask, waiting, most } = controlled();
    const run = batchQuery(ask, ['a', 'b', 'c', 'd'], { concurrency: 2 });
    for (const name of ['b', 'c', 'a', 'd']) {
      await turn();
      waiting.get(name)?.answer();
    }
    const items = await run;
    expect(items.map((item) => item.ok && item.result.text)).toEqual(['a', 'b', 'c', 'd']);
    expect(most()).toBe(2);
  });

  it('hands over each item as it finishes', async () => {
    const { ask, waiting } = controlled();
    const run = batchQuery(ask, ['a', 'b', 'c'], { concurrency: 3 });
    await turn();
    const seen: number[] = [];
    const reading = (async () => {
      for await (const { index } of run) seen.push(index);
    })();
    for (const name of ['c', 'a', 'b']) {
      waiting.get(name)?.answer();
      await turn();
    }
    await reading;
    expect(seen).toEqual([2, 0, 1]);
  });

  it('loses nothing to one that fails', async () => {
    const ask = async ({ prompt = '' }: QueryOptions) => {
      if (prompt === 'bad') throw upstreamClosed('p');
      return result(prompt);
    };
    const items = await batchQuery(ask, ['a', 'bad', 'c']);
    expect(items.map(({ ok }) => ok)).toEqual([true, false, true]);
    const [, failed] = items;
    expect(failed && !failed.ok && failed.error.code).toBe('ROUTER_UPSTREAM_CUT');
  });

  it('stops at an abort, and reports what was not asked', async () => {
    const { ask, waiting } = controlled();
    const stop = new AbortController();
    const run = batchQuery(
      async (options) => {
        if (options.signal?.aborted) throw new RouterError('ROUTER_ABORTED', 'aborted', { status: 499 });
        return ask(options);
      },
      ['a', 'b', 'c'],
      { concurrency: 1, signal: stop.signal },
    );
    await turn();
    waiting.get('a')?.answer();
    await turn();
    stop.abort(new RouterError('ROUTER_ABORTED', 'aborted', { status: 499 }));
    const items = await run;
    expect(items.map((item) => (item.ok ? 'ok' : item.error.code))).toEqual(['ok', 'ROUTER_ABORTED', 'ROUTER_ABORTED']);
  });

  it('lets one query be aborted alone, and reports what is no query at all', async () => {
    const { ask, waiting } = controlled();
    const [whole, one] = [new AbortController(), new AbortController()];
    const aborted = new RouterError('ROUTER_ABORTED', 'aborted', { status: 499 });
    const run = batchQuery(ask, [{ prompt: 'a', signal: one.signal }, 'b', null as never], { signal: whole.signal });
    await turn();
    one.abort(aborted);
    waiting.get('b')?.answer();
    const codes = (await run).map((item) => (item.ok ? 'ok' : item.error.code));
    expect(codes).toEqual(['ROUTER_ABORTED', 'ok', 'ROUTER_INTERNAL']);
    const other = batchQuery(
      ask,
      [
        { prompt: 'c', signal: one.signal },
        { prompt: 'd', signal: new AbortController().signal },
      ],
      {
        signal: whole.signal,
      },
    );
    await turn();
    whole.abort(aborted);
    expect((await other).every((item) => !item.ok)).toBe(true);
  });

  it('answers an empty batch, and refuses a senseless concurrency', async () => {
    expect(await batchQuery(async () => result(''), [])).toEqual([]);
    expect(() => batchQuery(async () => result(''), ['a'], { concurrency: 0 })).toThrow(/concurrency/);
  });
});
