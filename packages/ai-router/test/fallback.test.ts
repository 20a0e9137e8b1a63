import { describe, expect, it } from 'vitest';
import { RouterError } from '../src/errors.ts';
import { queryWithFallback } from '../src/fallback.ts';
import type { QueryOptions, QueryResult } from '../src/query.ts';

const refused = (status: number) =>
  new RouterError('ROUTER_UPSTREAM_STATUS', `status ${status}`, {
    status,
    isRetryable: status >= 500 || status === 429,
  });

const answered = (model: string): QueryResult => ({
  text: model,
  content: [{ type: 'text', text: model }],
  provider: 'p',
  model,
  finishReason: 'stop',
  cache: 'miss',
  latencyMs: 1,
});

const scripted =
  (script: Record<string, number>, asked: string[] = []) =>
  async ({ model = '' }: QueryOptions): Promise<QueryResult> => {
    asked.push(model);
    const status = script[model];
    if (status !== 200) throw refused(status ?? 500);
    return answered(model);
  };

describe('queryWithFallback, ordered', () => {
  it('asks the next only after a failure', async () => {
    const asked: string[] = [];
    const ask = scripted({ a: 503, b: 429, c: 200, d: 200 }, asked);
    const { text } = await queryWithFallback(ask, { models: ['a', 'b', 'c', 'd'], prompt: 'hi' });
    expect(text).toBe('c');
    expect(asked).toEqual(['a', 'b', 'c']);
  });

  it.each([400, 413, 422])('does not carry a bad request (%s) from door to door', async (status) => {
    const asked: string[] = [];
    const ask = scripted({ a: status, b: 200 }, asked);
    await expect(queryWithFallback(ask, { models: ['a', 'b'], prompt: 'hi' })).rejects.toMatchObject({ status });
    expect(asked).toEqual(['a']);
  });

  it.each([401, 403, 404])('goes elsewhere when this provider refuses us (%s)', async (status) => {
    const { text } = await queryWithFallback(scripted({ a: status, b: 200 }), { models: ['a', 'b'], prompt: 'hi' });
    expect(text).toBe('b');
  });

  it('reports every failure when all fail', async () => {
    const failing = queryWithFallback(scripted({ a: 500, b: 503 }), { models: ['a', 'b'], prompt: 'hi' });
    const error = await failing.catch((fault: RouterError) => fault);
    expect(error).toMatchObject({ code: 'ROUTER_ALL_FAILED', status: 502 });
    expect(((error as RouterError).cause as AggregateError).errors.map(({ status }) => status)).toEqual([500, 503]);
  });

  it('needs a model', async () => {
    await expect(queryWithFallback(scripted({}), { models: [], prompt: 'hi' })).rejects.toMatchObject({
      code: 'ROUTER_REQUEST_INVALID',
    });
  });
});

describe('queryWithFallback, racing', () => {
  /** Answers when told to, and notes who was cancelled. */
  function track() {
    const cancelled: string[] = [];
    const answer = new Map<string, (status: number) => void>();
    const ask = ({ model = '', signal }: QueryOptions): Promise<QueryResult> =>
      new Promise((resolve, reject) => {
        signal?.addEventListener('abort', () => {
          cancelled.push(model);
          reject(signal.reason);
        });
        answer.set(model, (status) => (status === 200 ? resolve(answered(model)) : reject(refused(status))));
      });
    return { ask, answer, cancelled };
  }

  it('takes the first success and cancels the others', async () => {
    const { ask, answer, cancelled } = track();
    const run = queryWithFallback(ask, { models: ['a', 'b', 'c'], mode: 'race', prompt: 'hi' });
    answer.get('a')?.(500);
    answer.get('b')?.(200);
    expect((await run).text).toBe('b');
    expect(cancelled).toContain('c');
  });

  it('fails only when all have failed, or the caller gives up', async () => {
    const all = track();
    const failing = queryWithFallback(all.ask, { models: ['a', 'b'], mode: 'race', prompt: 'hi' });
    all.answer.get('a')?.(500);
    all.answer.get('b')?.(400);
    await expect(failing).rejects.toMatchObject({ code: 'ROUTER_ALL_FAILED' });

    const given = track();
    const stop = new AbortController();
    const run = queryWithFallback(given.ask, { models: ['a', 'b'], mode: 'race', prompt: 'hi', signal: stop.signal });
    stop.abort();
    await expect(run).rejects.toMatchObject({ code: 'ROUTER_ABORTED' });
    expect(given.cancelled.sort()).toEqual(['a', 'b']);
  });
});
