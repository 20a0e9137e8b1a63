import type { HotpathConfig } from '@hotpath/runtime';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deleteContent, listContent, showContent } from '../../src/dashboard/content.ts';
import { startObserved } from './observed-server.ts';

let observed: Awaited<ReturnType<typeof startObserved>> | undefined;
afterEach(() => observed?.close());

const start = async (content: NonNullable<HotpathConfig['telemetry']>['content'] = { enabled: true }) => {
  observed = await startObserved({ telemetry: { content } });
  return observed;
};
const fromElsewhere = { 'x-forwarded-for': '203.0.113.7' };

describe('captured content', () => {
  it('is found by its words, shown with its request, and deleted', async () => {
    const { get, post, ask } = await start();
    const id = await ask('What does an owl eat? Mail jane@example.com');
    await ask('Something else', { stream: true });
    const found = await vi.waitUntil(
      async () => {
        const { body } = await get('/content');
        return body.entries.length === 2 && get('/content?search=OWL');
      },
      { timeout: 10_000, interval: 50 },
    );
    expect(found).toMatchObject({
      status: 200,
      body: {
        version: 1,
        isCapturing: true,
        entries: [{ requestId: id, model: 'sim-1', outcome: 'complete' }],
        next: null,
      },
    });
    expect(found.body.entries[0].snippet.join('|')).toContain('What does an |owl| eat? Mail [e-mail]');
    const { body: detail } = await vi.waitUntil(
      async () => {
        const answer = await get(`/requests/${id}`);
        return answer.status === 200 && answer;
      },
      { timeout: 10_000, interval: 50 },
    );
    expect(detail.content).toMatchObject({
      isCapturing: true,
      entry: { prompt: 'user: What does an owl eat? Mail [e-mail]', isPromptCut: false },
    });
    expect(detail.content.entry.answer.length).toBeGreaterThan(10);
    expect((await get(`/content/${id}`)).body.entry).toEqual(detail.content.entry);
    const pages = [await get('/content?limit=1'), await get('/content?limit=1&before=2')];
    expect(pages.map(({ body }) => [body.entries.length, body.next])).toEqual([
      [1, '2'],
      [1, null],
    ]);
    expect((await get('/content?model=none')).body).toMatchObject({ entries: [], isEmpty: false });
    for (const query of ['model=none', 'outcome=failed', 'cache=hit'])
      expect((await get(`/content?${query}`)).body.entries).toEqual([]);
    expect((await get('/content?outcome=complete&cache=miss&cache=hit')).body.entries).toHaveLength(2);
    const deleted = await post('/content/delete', { id });
    expect(await deleted.json()).toEqual({ version: 1, deleted: 1, isErased: true });
    expect(await get(`/content/${id}`)).toMatchObject({ status: 404, body: { error: { code: 'DASHBOARD_NO_ENTRY' } } });
    expect((await get(`/requests/${id}`)).body.content).toEqual({ isCapturing: true, entry: null });
    expect(await (await post('/content/delete', { olderThanMs: 0 })).json()).toMatchObject({ deleted: 1 });
    expect((await get('/content')).body).toMatchObject({ isCapturing: true, isEmpty: true });
  });

  it('is that of the request itself, whatever ids clients choose', async () => {
    const { api, get } = await start();
    const url = api.replace('/api/dashboard/v1', '/v1/chat/completions');
    const askAs = async (id: string, content: string, capture = 'on') => {
      const body = JSON.stringify({ model: 'sim/sim-1', messages: [{ role: 'user', content }] });
      const named = { 'content-type': 'application/json', 'x-request-id': id, 'x-hotpath-content': capture };
      await (await fetch(url, { method: 'POST', headers: named, body })).text();
    };
    await askAs('mine', 'the first');
    // As the entry of the first is numbered.
    await askAs('1', 'the second');
    const shown = async (id: string) => (await get(`/requests/${id}`)).body.content?.entry?.prompt;
    await vi.waitUntil(() => shown('1'), { timeout: 10_000, interval: 50 });
    expect([await shown('mine'), await shown('1')]).toEqual(['user: the first', 'user: the second']);
  });

  it('is nothing of requests whose clients want it so', async () => {
    const { api, get, ask } = await start();
    const url = api.replace('/api/dashboard/v1', '/v1/chat/completions');
    const body = JSON.stringify({ model: 'sim/sim-1', messages: [{ role: 'user', content: 'secret' }] });
    await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hotpath-content': 'Off' },
      body,
    });
    await ask('not secret');
    await vi.waitUntil(async () => (await get('/content')).body.entries.length > 0, { timeout: 10_000, interval: 50 });
    const { entries } = (await get('/content')).body;
    expect(entries.map(({ snippet }: { readonly snippet: readonly string[] }) => snippet.join(''))).toEqual([
      'user: not secret',
    ]);
  });

  it('says that nothing is captured where that is off', async () => {
    const { get, post, ask } = await start({});
    const id = await ask('hello');
    expect((await get('/content?search=hello')).body).toEqual({
      version: 1,
      isCapturing: false,
      isEmpty: true,
      entries: [],
      next: null,
    });
    expect(await get(`/content/${id}`)).toMatchObject({
      status: 409,
      body: { error: { code: 'DASHBOARD_NO_CONTENT' } },
    });
    expect((await post('/content/delete', { all: true })).status).toBe(409);
  });

  it('is deleted by its number as by its text', async () => {
    const { ask, get, post } = await start();
    await ask('one');
    const { id } = await vi.waitUntil(async () => (await get('/content')).body.entries[0], {
      timeout: 10_000,
      interval: 50,
    });
    expect(await (await post('/content/delete', { id: Number(id) })).json()).toMatchObject({ deleted: 1 });
  });

  it('refuses what cannot be searched for or deleted, and whoever is not signed in', async () => {
    const { api, get, post } = await start();
    expect(await get('/content?search=-')).toMatchObject({
      status: 400,
      body: { error: { code: 'ADMIN_QUERY_INVALID' } },
    });
    for (const name of ['code', 'lane'])
      expect(await get(`/content?search=owl&${name}=x`)).toMatchObject({
        status: 400,
        body: { error: { code: 'ADMIN_QUERY_INVALID', param: name, message: expect.stringContaining('It has: key,') } },
      });
    for (const body of [{}, { all: false }, { all: true, id: '1' }, { id: 1.5 }, { olderThanMs: -1 }, { other: 1 }])
      expect((await post('/content/delete', body)).status).toBe(400);
    for (const path of ['/content', '/content/1']) expect((await get(path, fromElsewhere)).status).toBe(401);
    expect((await post('/content/delete', { all: true }, fromElsewhere)).status).toBe(401);
    const plain = await fetch(`${api}/content/delete`, { method: 'POST', body: '{"all":true}' });
    expect(plain.status).toBe(403);
    expect(await plain.json()).toMatchObject({
      error: { message: expect.stringContaining('send the header "x-hotpath-dashboard: 1"') },
    });
  });
});

describe('a store of content that does not answer', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const never = () => new Promise<never>(() => {});
  const silent = { isCapturing: true, search: never, get: never, delete: never, count: never };
  const query = { fromMs: 0, toMs: 1, where: {}, search: undefined, limit: 10, before: undefined };

  it.each([
    ['searched', () => listContent(silent, query)],
    ['counted', () => listContent({ ...silent, search: async () => [] }, query)],
    ['read', () => showContent(silent, '1')],
    ['deleted', () => deleteContent(silent, Buffer.from('{"all":true}'), 0)],
  ])('is told of after ten seconds: %s', async (_what, ask) => {
    let told: unknown;
    void ask().catch((error: unknown) => {
      told = error;
    });
    await vi.advanceTimersByTimeAsync(9_999);
    expect(told).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toMatchObject({ error: { status: 503, code: 'DASHBOARD_CONTENT_BUSY' } });
  });
});
