import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adminKey, startObserved } from './observed-server.ts';

let observed: Awaited<ReturnType<typeof startObserved>>;
beforeEach(async () => {
  observed = await startObserved();
});
afterEach(() => observed.close());

/** As a proxy passes on what comes from elsewhere. */
const fromElsewhere = { 'x-forwarded-for': '203.0.113.7' };
const signIn = async (key = adminKey) => {
  const response = await observed.post('/session', { key }, fromElsewhere);
  return { status: response.status, cookie: response.headers.get('set-cookie') ?? '' };
};
const nothing = { code: 'DASHBOARD_SIGN_IN' };

describe('who sees the dashboard', () => {
  it('is this user on this machine', async () => {
    expect(await observed.get('/session')).toMatchObject({
      status: 200,
      body: { version: 1, program: '1.2.3', isSignedIn: true, hasStore: true },
    });
    expect(await observed.get('/requests')).toMatchObject({ status: 200, body: { requests: [] } });
  });

  it('is nobody else without the admin key', async () => {
    expect(await observed.get('/session', fromElsewhere)).toMatchObject({ status: 200, body: { isSignedIn: false } });
    for (const path of ['/requests', '/live', '/keys', '/plugins', '/cache', '/providers'])
      expect(await observed.get(path, fromElsewhere)).toMatchObject({ status: 401, body: { error: nothing } });
    expect((await observed.post('/cache/invalidate', { all: true }, fromElsewhere)).status).toBe(401);
  });

  it('is whoever signs in, until they sign out, by a cookie that no script and no other site reaches', async () => {
    expect(await signIn(`${adminKey}!`)).toEqual({ status: 401, cookie: '' });
    const { status, cookie } = await signIn();
    expect(status).toBe(204);
    expect(cookie).toMatch(/^hotpath_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/);
    const headers = { ...fromElsewhere, cookie: cookie.split(';')[0] ?? '' };
    expect(await observed.get('/requests', headers)).toMatchObject({ status: 200 });
    await fetch(`${observed.api}/session`, { method: 'DELETE', headers });
    expect(await observed.get('/requests', headers)).toMatchObject({ status: 401 });
  });

  it('is nobody who tries keys one after another, which keeps nobody else out', async () => {
    for (let count = 0; count < 20; count += 1) expect(await signIn(`wrong ${count}`)).toMatchObject({ status: 401 });
    expect(await signIn('wrong')).toEqual({ status: 429, cookie: '' });
    expect(await signIn()).toMatchObject({ status: 204 });
    expect(await signIn('wrong')).toEqual({ status: 429, cookie: '' });
  });

  it('is nobody who listened before they signed out', async () => {
    const { cookie } = await signIn();
    const headers = { ...fromElsewhere, cookie: cookie.split(';')[0] ?? '' };
    const response = await fetch(`${observed.api}/live`, { headers, signal: AbortSignal.timeout(4_000) });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    let text = '';
    while (!text.includes(': waiting')) text += decoder.decode((await reader.read()).value, { stream: true });
    await fetch(`${observed.api}/session`, { method: 'DELETE', headers });
    // Ends by itself; what goes on is cut off, which throws.
    for (let isOver = false; !isOver; ) isOver = (await reader.read()).done;
  });

  it('has paths of its own, and says so of those it does not have', async () => {
    const { status, body } = await observed.get('/no-such-thing');
    expect({ status, code: body.error.code }).toEqual({ status: 404, code: 'DASHBOARD_NOT_FOUND' });
    expect(body.error.message).not.toContain('/admin/');
  });

  it('is no page from elsewhere', async () => {
    const page = { 'sec-fetch-site': 'cross-site' };
    expect(await observed.get('/requests', page)).toMatchObject({
      status: 403,
      body: { error: { code: 'DASHBOARD_OTHER_PAGE' } },
    });
    const plain = await fetch(`${observed.api}/cache/invalidate`, { method: 'POST', body: '{"all":true}' });
    expect(plain.status).toBe(403);
  });
});

describe('requests', () => {
  /** Resolves once events of requests are kept: they are written every second. */
  const kept = async (path = '/requests') => {
    await observed.telemetry.collector.flush();
    const { body } = await observed.get(path);
    return body;
  };

  it('are listed, the newest first, page by page, with what they cost', async () => {
    const first = await observed.ask('one');
    const second = await observed.ask('two');
    await observed.ask('two');
    const page = await kept('/requests?limit=2');
    expect(page.requests).toMatchObject([
      { requestId: expect.any(String), cache: 'hit', costUsd: null, provider: 'sim', model: 'sim-1' },
      { requestId: second, cache: 'miss', command: 'serve', outcome: 'complete', status: 200, isStream: false },
    ]);
    const { tokens, costUsd } = page.requests[1];
    expect(costUsd).toBeCloseTo((tokens.input * 2 + tokens.output * 10) / 1e6, 6);
    expect(page.requests[0].savedUsd).toBeCloseTo(costUsd, 6);
    const rest = await kept(`/requests?limit=2&before=${page.next}`);
    expect(rest).toMatchObject({ requests: [{ requestId: first }], next: null });
  });

  it('are found by their ids and by what is known of them', async () => {
    const id = await observed.ask('one');
    await observed.ask('two');
    expect((await kept(`/requests?search=${id}`)).requests).toMatchObject([{ requestId: id }]);
    expect((await kept('/requests?cache=hit')).requests).toEqual([]);
    expect((await kept('/requests?model=sim-1&model=other')).requests).toHaveLength(2);
  });

  it('have a timeline of their stages', async () => {
    const id = await observed.ask('one', { stream: true });
    const [request] = (await kept()).requests;
    const { body } = await observed.get(`/requests/${request.event}`);
    expect(body.request).toEqual(request);
    const stages: { stage: string; fromMs: number; durationMs: number }[] = body.stages;
    expect(stages.map(({ stage }) => stage)).toEqual(['route', 'cache', 'attempt', 'first-token', 'stream']);
    for (const { fromMs, durationMs } of stages)
      expect(fromMs + durationMs).toBeLessThanOrEqual(request.durationMs + 2);
    expect((await observed.get(`/requests/${id}`)).body.request).toEqual(request);
    expect(await observed.get('/requests/1795344677719')).toMatchObject({
      status: 404,
      body: { error: { code: 'DASHBOARD_NO_REQUEST' } },
    });
  });

  it.each([
    ['from=yesterday', 'from'],
    ['from=2000&to=1000', 'to'],
    ['limit=0', 'limit'],
    ['limit=9999', 'limit'],
    ['before=x', 'before'],
  ])('are not listed for %s', async (query, param) => {
    expect(await observed.get(`/requests?${query}`)).toMatchObject({
      status: 400,
      body: { error: { code: 'ADMIN_QUERY_INVALID', param } },
    });
  });
});

describe('a time', () => {
  it('is told in figures, by interval and by who was asked', async () => {
    await observed.ask('one', { stream: true, stream_options: { include_usage: true } });
    await observed.ask('one', { stream: true, stream_options: { include_usage: true } });
    await observed.ask('two', { model: 'sim/none' });
    await observed.telemetry.collector.flush();
    const to = Date.now() + 1;
    const { body } = await observed.get(`/overview?from=${to - 3_600_000}&to=${to}`);
    expect(body).toMatchObject({ version: 1, from: to - 3_600_000, to, before: null });
    expect(body.totals.requests).toBeGreaterThanOrEqual(2);
    expect(body.totals.hitRate).toBeGreaterThan(0);
    expect(body.totals.savedUsd.cache).toBeCloseTo(body.totals.costUsd, 6);
    const [sim] = body.models.filter(({ model }: { model: string }) => model === 'sim-1');
    expect(sim).toMatchObject({ provider: 'sim', requests: 2, durationMs: { p50: expect.any(Number) } });
    expect(body.commands).toMatchObject([{ command: 'serve' }]);
    expect(body.agents).toMatchObject([{ agent: 'node', requests: 3 }]);
    const byAgent = await observed.get(`/overview?from=${to - 3_600_000}&to=${to}&agent=nobody`);
    expect(byAgent.body.totals.requests).toBe(0);
    expect(body.tiers).toContainEqual({ tier: 'memory', outcome: 'hit', count: 1 });
    expect(body.overflowed).toEqual({ models: 0, keys: 0, agents: 0 });
    const { at, requests, p50, costUsd } = body.series;
    expect([requests, p50, costUsd].map((column) => column.length)).toEqual([at.length, at.length, at.length]);
    expect(requests.reduce((sum: number, count: number) => sum + count, 0)).toBe(body.totals.requests);
    const other = await observed.get(`/overview?from=${to - 3_600_000}&to=${to}&model=other`);
    expect(other.body.totals).toMatchObject({ requests: 0, hitRate: null, durationMs: { p50: null } });
  });

  it('is compared with the one before', async () => {
    for (let index = 0; index < 4; index += 1) await observed.ask(`question ${index}`);
    await observed.telemetry.collector.flush();
    const to = Date.now() + 1;
    const { body } = await observed.get(`/compare?from=${to - 3_600_000}&to=${to}`);
    expect(body.baseline).toMatchObject({ from: to - 7_200_000, to: to - 3_600_000, totals: { requests: 0 } });
    expect(body.current.totals.requests).toBe(4);
    expect(body.figures.find(({ figure }: { figure: string }) => figure === 'duration_p50')).toMatchObject({
      baseline: null,
      verdict: 'unknown',
    });
  });
});

describe('what else is told', () => {
  it('is how providers fare', async () => {
    await observed.ask('one');
    await observed.telemetry.collector.flush();
    const { body } = await observed.get('/providers');
    expect(body.providers).toMatchObject([
      {
        provider: 'sim',
        model: 'sim-1',
        breaker: 'closed',
        calls: 1,
        failed: 0,
        durationMs: { p50: expect.any(Number) },
      },
    ]);
  });

  it('is what the cache holds, which can be had anew', async () => {
    await observed.ask('one');
    await observed.ask('one');
    await observed.telemetry.collector.flush();
    const { body } = await observed.get('/cache');
    expect(body).toMatchObject({ isEnabled: true, models: [{ model: 'sim/sim-1', hits: 1 }] });
    expect(body.tiers[0]).toMatchObject({ tier: 'memory', hits: 1 });
    expect((await observed.post('/cache/invalidate', { model: 'sim/sim-1' })).status).toBe(200);
    await observed.ask('one');
    await observed.telemetry.collector.flush();
    const { requests } = (await observed.get('/requests?limit=1')).body;
    expect(requests).toMatchObject([{ cache: 'miss' }]);
    for (const body of [{}, { all: true, model: 'x' }, { all: 'yes' }, { model: 'x', more: 1 }])
      expect((await observed.post('/cache/invalidate', body)).status).toBe(400);
  });

  it('is what happens, as it does', async () => {
    // What never comes ends the reading, and with it the test.
    const response = await fetch(`${observed.api}/live`, { signal: AbortSignal.timeout(4_000) });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    let text = '';
    const until = async (pattern: RegExp): Promise<string> => {
      while (!pattern.test(text)) text += decoder.decode((await reader.read()).value, { stream: true });
      return pattern.exec(text)?.[1] ?? '';
    };
    await until(/(connected)/);
    const id = await observed.ask('one');
    await observed.telemetry.collector.flush();
    expect(JSON.parse(await until(/event: request\ndata: (.*)\n\n/))).toMatchObject({ requestId: id, cache: 'miss' });
    expect(JSON.parse(await until(/event: figures\ndata: (.*"requests":1,.*)\n\n/))).toMatchObject({
      requests: 1,
      failed: 0,
      inFlight: 0,
      hitRate: 0,
    });
    await reader.cancel();
  });

  it('says why there is nothing of the past where the file cannot be used', async () => {
    await observed.close();
    const path = fileURLToPath(import.meta.url);
    observed = await startObserved({ telemetry: { path } });
    expect(await observed.get('/overview')).toMatchObject({
      status: 503,
      body: { error: { code: 'TELEMETRY_STORE_UNAVAILABLE', message: expect.stringContaining(path) } },
    });
    expect(await observed.get('/session')).toMatchObject({ status: 200 });
  });

  it('is nothing of the past where no events are kept', async () => {
    await observed.close();
    observed = await startObserved({ telemetry: { enabled: false } });
    expect(await observed.get('/session')).toMatchObject({ body: { hasStore: false } });
    expect(await observed.get('/requests')).toMatchObject({
      status: 409,
      body: { error: { code: 'DASHBOARD_NO_STORE' } },
    });
    expect(await observed.get('/providers')).toMatchObject({ status: 200 });
    expect(await observed.get('/keys')).toMatchObject({ status: 200, body: { keys: [] } });
    expect(await observed.get('/plugins')).toMatchObject({ status: 200, body: { plugins: [] } });
  });
});
