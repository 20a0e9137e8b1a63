import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AttemptEvent, createHotpath, type Hotpath, type RequestEndEvent, routerChannels } from '@hotpath/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
// @boundaries-ignore read is what telemetry writes
import { parseExposition } from '../../../packages/telemetry/test/support/parse-exposition.ts';
import { logTraffic, type StopTrafficLog } from '../src/log/traffic-log.ts';
import { type RunningServer, startServer } from '../src/start-server.ts';
import { keptLog } from './support/log-lines.ts';

let home: string;
let hotpath: Hotpath;
let server: RunningServer;
let requests: RequestEndEvent[];
let attempts: AttemptEvent[];
let stopLog: StopTrafficLog;
let kept: ReturnType<typeof keptLog>;

const onRequest = (message: unknown) => void requests.push(message as RequestEndEvent);
const onAttempt = (message: unknown) => void attempts.push(message as AttemptEvent);

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hotpath-announced-'));
  hotpath = await createHotpath(
    {
      providers: { sim: {}, broken: { type: 'sim', errorRate: 1 } },
      routes: { r: { targets: ['broken/sim-1', 'sim/sim-1'] } },
      attempts: { backoffMs: 1 },
      detect: { environment: false, ollama: false },
    },
    { environment: { HOTPATH_HOME: home } },
  );
  server = await startServer({ hotpath, port: 0 });
  requests = [];
  attempts = [];
  routerChannels.requestEnd.subscribe(onRequest);
  routerChannels.attemptEnd.subscribe(onAttempt);
  kept = keptLog();
  stopLog = logTraffic({ log: kept.log });
});
afterEach(async () => {
  stopLog();
  routerChannels.requestEnd.unsubscribe(onRequest);
  routerChannels.attemptEnd.unsubscribe(onAttempt);
  await server.close({ graceMs: 0 });
  await hotpath.close();
  await rm(home, { recursive: true });
});

const post = (body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const question = (model: string, more: object = {}) => ({
  model,
  messages: [{ role: 'user', content: 'hi' }],
  ...more,
});
const idOf = (response: Response) => response.headers.get('x-hotpath-request-id');
const entries = async (message: string) => {
  await kept.log.flush();
  return kept.entries().filter(({ msg }) => msg === message);
};

describe('the id of a request', () => {
  it.each([
    ['a whole answer', question('sim/sim-1')],
    ['a stream', question('sim/sim-1', { stream: true })],
    ['an answer of a provider that fails', question('broken/sim-1')],
    ['an unknown model', question('zzz')],
    ['a broken body', '{'],
    ['a body that is none', '[]'],
  ])('is told with %s, and is the one in what is announced', async (_, body) => {
    const response = await post(body, { 'x-request-id': 'mine-1' });
    await response.text();
    expect(idOf(response)).toBe('mine-1');
    const lines = [...(await entries('request')), ...(await entries('request refused'))];
    expect(lines).toEqual([expect.objectContaining({ id: 'mine-1', status: response.status })]);
  });

  it('is made where there is none, and differs', async () => {
    const ids = [idOf(await post(question('sim/sim-1'))), idOf(await post(question('sim/sim-1')))];
    expect(ids[0]).toMatch(/^[0-9a-z]{20}$/);
    expect(ids[1]).not.toBe(ids[0]);
  });

  it('is told with what is refused before it is read', async () => {
    const response = await fetch(`${server.url}/v1/messages`, { method: 'POST', body: 'x' });
    expect(response.status).toBe(415);
    expect(await entries('request refused')).toEqual([
      expect.objectContaining({ id: idOf(response), protocol: 'anthropic-messages', code: 'SERVER_CONTENT_TYPE' }),
    ]);
  });
});

describe('a request', () => {
  it('is announced with who was asked, why, and what it cost', async () => {
    await (await post(question('r'), { 'x-request-id': 'a' })).text();
    await (await post(question('r'), { 'x-request-id': 'b' })).text();
    expect(requests).toMatchObject([
      { requestId: 'a', asked: 'r', provider: 'sim', model: 'sim-1', status: 200, cache: 'miss', outcome: 'complete' },
      { requestId: 'b', asked: 'r', provider: 'sim', status: 200, cache: 'hit', costUsd: 0 },
    ]);
    expect(requests[0]?.attempts).toBe(attempts.length);
    expect(requests[1]).not.toHaveProperty('attempts');
    expect(attempts.at(-1)).toMatchObject({ requestId: 'a', provider: 'sim', cause: 'failover', outcome: 'complete' });
    expect(attempts[0]).toMatchObject({ requestId: 'a', provider: 'broken', outcome: 'failed' });
    expect(attempts[0]).not.toHaveProperty('cause');
    expect(attempts.slice(1, -1).every(({ cause }) => cause === 'retry')).toBe(true);
  });

  it('is announced with the trace its client has begun, and so are the calls made for it', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await (await post(question('r'), { traceparent })).text();
    expect(requests).toMatchObject([{ traceparent }]);
    expect(attempts.length).toBeGreaterThan(1);
    for (const attempt of attempts) expect(attempt).toMatchObject({ traceparent });
    await (await post(question('r'), { traceparent: 'nonsense' })).text();
    expect(requests[1]).not.toHaveProperty('traceparent');
  });

  it('that names no model there is has an end as well', async () => {
    expect((await post(question('zzz'))).status).toBe(404);
    expect(requests).toMatchObject([
      {
        asked: 'zzz',
        provider: '',
        model: '',
        outcome: 'failed',
        status: 404,
        error: { code: 'ROUTER_MODEL_UNKNOWN' },
      },
    ]);
  });
});

describe('GET /metrics', () => {
  it('counts what the server answers', async () => {
    await (await post(question('r'))).text();
    await post('{');
    const response = await fetch(`${server.url}/metrics`);
    const samples = parseExposition(await response.text(), 'text');
    const labels = 'protocol="openai-chat",provider="sim",model="sim-1",outcome="complete",cache="miss"';
    expect(samples.get(`hotpath_requests_total{${labels}}`)).toBe(1);
    expect(samples.get('hotpath_requests_in_flight{protocol="openai-chat"}')).toBe(0);
    expect(samples.get('hotpath_failovers_total{provider="sim",model="sim-1"}')).toBe(1);
    expect(
      samples.get('hotpath_refused_requests_total{protocol="openai-chat",code="SERVER_BODY_INVALID",status="400"}'),
    ).toBe(1);
    expect((await fetch(`${server.url}/metrics`, { method: 'POST' })).status).toBe(405);
  });
});
