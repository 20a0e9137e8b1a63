import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { createHotpath, type Hotpath, routerChannels } from '@hotpath/runtime';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createKeyLimits } from '../../src/keys/gatekeeper.ts';
import type { KeyStore } from '../../src/keys/store.ts';
import { type RunningServer, type ServerOptions, startServer } from '../../src/start-server.ts';
import { makePlace, type Place, sqliteMissing } from '../keys/support.ts';
import { line, makeFolder, message, parseLines, textOf } from './support.ts';

let place: Place;
let keys: KeyStore;
let hotpath: Hotpath;
let server: RunningServer | undefined;
const model = 'sim/gpt-4.1-mini';

beforeEach(async () => {
  place = makePlace();
  keys = place.open({ now: undefined });
  hotpath = await createHotpath(
    {
      // A simulated model under a name that has a price.
      providers: { sim: { type: 'sim', models: ['gpt-4.1-mini'] } },
      cache: { enabled: false },
      detect: { environment: false, ollama: false },
    },
    { environment: { HOTPATH_HOME: place.folder }, limitsOf: createKeyLimits(keys) },
  );
});
afterEach(async () => {
  await server?.close({ graceMs: 0 });
  server = undefined;
  await hotpath.close();
  keys.close();
});

const begin = async (options: Partial<ServerOptions> = {}) => {
  server = await startServer({
    hotpath,
    port: 0,
    keys,
    batches: { folder: join(place.folder, 'batches') },
    ...options,
  });
  return server.url;
};

const by = (secret: string | undefined) => ({ ...(secret !== undefined && { authorization: `Bearer ${secret}` }) });
const get = async (path: string, secret?: string) => fetch(server?.url + path, { headers: by(secret) });
const post = async (path: string, body?: unknown, secret?: string, headers: Record<string, string> = {}) =>
  fetch(server?.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...by(secret), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
const upload = async (lines: readonly unknown[], secret?: string) => {
  const form = new FormData();
  form.set('purpose', 'batch');
  form.set('file', new Blob([textOf(lines)]), 'in.jsonl');
  return fetch(`${server?.url}/v1/files`, { method: 'POST', headers: by(secret), body: form });
};
const json = async (answer: Response | Promise<Response>) => JSON.parse(await (await answer).text());

/** Makes a batch and waits for its end. */
const run = async (lines: readonly unknown[], secret?: string, headers: Record<string, string> = {}) => {
  const { id } = await json(upload(lines, secret));
  const batch = { input_file_id: id, endpoint: '/v1/chat/completions', completion_window: '24h' };
  const made = await json(post('/v1/batches', batch, secret, headers));
  return vi.waitFor(async () => {
    const now = await json(get(`/v1/batches/${made.id}`, secret));
    expect(now.status).toBe('completed');
    return now;
  }, 10_000);
};
const linesOf = async (id: string, secret?: string) =>
  parseLines(await (await get(`/v1/files/${id}/content`, secret)).text());

describe.skipIf(sqliteMissing)('batches of virtual keys', () => {
  it('are seen by the key that made them alone, of a team too', async () => {
    await begin();
    const [one, two] = ['one', 'two'].map((name) => keys.create({ name, team: 'docs', cacheScope: 'team' }).secret);
    const batch = await run([line('a', { model })], one);
    const paths = [`/v1/batches/${batch.id}`, `/v1/files/${batch.input_file_id}`, `/v1/files/${batch.output_file_id}`];
    for (const path of paths) {
      expect((await get(path, one)).status).toBe(200);
      expect((await get(path, two)).status).toBe(404);
      expect((await get(path)).status).toBe(401);
    }
    expect((await json(get('/v1/batches', two))).data).toEqual([]);
    expect((await json(get('/v1/files', two))).data).toEqual([]);
  });

  it('pay for each line, and stop where the budget does', async () => {
    await begin();
    const { secret, key } = keys.create({ name: 'ci', budgets: [{ usd: 0.001, per: 'total' }] });
    // Each may cost 0.00032 dollars, and costs less.
    const lines = Array.from({ length: 40 }, (_, at) => line(`${at}`, { model, max_tokens: 200 }));
    const batch = await run(lines, secret);
    const { completed, failed } = batch.request_counts;
    expect(completed).toBeGreaterThan(3);
    expect(completed + failed).toBe(40);
    const errors = await linesOf(batch.error_file_id, secret);
    expect(new Set(errors.map(({ response }) => response.body.error.code))).toEqual(new Set(['insufficient_quota']));
    keys.spending.flush();
    const [total] = keys.spending.report({ period: 'total', keyId: key.id });
    expect(total).toMatchObject({ requests: completed });
    expect(total?.costUsd).toBeGreaterThan(0);
    expect(total?.costUsd).toBeLessThanOrEqual(0.001);
  }, 20_000);

  it('are announced line by line with what has made them', async () => {
    const agents: unknown[] = [];
    const onEnd = (event: unknown): void => void agents.push((event as { readonly agent?: string }).agent);
    routerChannels.requestEnd.subscribe(onEnd);
    await begin();
    const { secret } = keys.create({ name: 'ci' });
    await run([line('a', { model }), line('b', { model })], secret, { 'x-hotpath-agent': 'nightly' });
    const requests = [{ custom_id: 'c', params: { ...message('c').params, model } }];
    await post('/v1/messages/batches', { requests }, secret, { 'user-agent': 'Anthropic/JS 0.60.0' });
    await vi.waitFor(() => expect(agents).toEqual(['nightly', 'nightly', 'anthropic-js']), 10_000);
    routerChannels.requestEnd.unsubscribe(onEnd);
  });

  it('may ask no model that the key may not', async () => {
    await begin();
    const { secret } = keys.create({ name: 'ci', models: ['other/*'] });
    const batch = await run([line('a', { model })], secret);
    const [error] = await linesOf(batch.error_file_id, secret);
    expect(error.response).toMatchObject({ status_code: 403, body: { error: { code: 'SERVER_MODEL_NOT_ALLOWED' } } });
  });

  it('end with the key', async () => {
    await begin({ batches: { folder: join(place.folder, 'batches'), concurrency: 1 } });
    const { secret } = keys.create({ name: 'ci' });
    const requests = Array.from({ length: 300 }, (_, at) => {
      const { params, ...rest } = message(`id-${at}`);
      return { ...rest, params: { ...params, model } };
    });
    const { id } = await json(post('/v1/messages/batches', { requests }, secret));
    keys.update('ci', { disabled: true });
    expect((await get(`/v1/messages/batches/${id}`, secret)).status).toBe(401);
    // Anybody could have been let in by then.
    await vi.waitFor(async () => {
      keys.update('ci', { disabled: false });
      const { processing_status: status } = await json(get(`/v1/messages/batches/${id}`, secret));
      if (status !== 'ended') keys.update('ci', { disabled: true });
      expect(status).toBe('ended');
    }, 10_000);
    const results = parseLines(await (await get(`/v1/messages/batches/${id}/results`, secret)).text());
    const refused = results.filter(({ result }) => result.type === 'errored');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0].result.error.error).toMatchObject({ type: 'authentication_error' });
  });
});

describe.skipIf(sqliteMissing)('files and batches', () => {
  it('show in the metrics, by state, while they have not ended', async () => {
    await begin({ batches: { folder: join(place.folder, 'batches'), concurrency: 1 } });
    const shown = async () => {
      const text = await (await get('/metrics')).text();
      return Object.fromEntries(
        Array.from(text.matchAll(/^hotpath_batches\{state="(\w+)"\} (\d+)$/gm), ([, state, count]) => [
          state,
          Number(count),
        ]),
      );
    };
    const none = { validating: 0, in_progress: 0, finalizing: 0, cancelling: 0 };
    expect(await shown()).toEqual(none);
    const requests = Array.from({ length: 300 }, (_, at) => {
      const { params, ...rest } = message(`id-${at}`);
      return { ...rest, params: { ...params, model } };
    });
    const { id } = await json(post('/v1/messages/batches', { requests }));
    expect(await shown()).toEqual({ ...none, in_progress: 1 });
    await post(`/v1/messages/batches/${id}/cancel`);
    await vi.waitFor(async () => expect(await shown()).toEqual(none), 10_000);
  });

  it('are refused in the words of the API that is asked', async () => {
    await begin();
    expect(await json(get('/v1/files/file-nobody'))).toMatchObject({ error: { code: 'SERVER_FILE_NOT_FOUND' } });
    for (const path of ['/v1/files', '/v1/files/file-nobody']) {
      const { headers } = await fetch(server?.url + path, { headers: { 'x-request-id': 'mine' } });
      expect(headers.get('x-hotpath-request-id')).toBe('mine');
    }
    expect(await json(get('/v1/messages/batches/nobody'))).toMatchObject({
      type: 'error',
      error: { type: 'not_found_error' },
    });
    const files = await fetch(`${server?.url}/v1/files`, { headers: { 'anthropic-version': '2023-06-01' } });
    expect([files.status, (await json(files)).error.code]).toEqual([404, 'SERVER_FILES_OTHER_API']);
    for (const query of ['limit=0', 'limit=x', 'limit=1&limit=2', 'order=up', 'after=file-nobody']) {
      expect([query, (await get(`/v1/files?${query}`)).status]).toEqual([query, 400]);
    }
    for (const query of ['limit=1001', 'after_id=a', 'before_id=a', 'after_id=a&before_id=b']) {
      expect([query, (await get(`/v1/messages/batches?${query}`)).status]).toEqual([query, 400]);
    }
    expect((await post('/v1/files', {})).status).toBe(400);
    expect((await post('/v1/messages/batches', undefined)).status).toBe(400);
    expect((await post('/v1/batches', [])).status).toBe(400);
    expect((await post('/v1/batches', { metadata: 'x'.repeat(70_000) })).status).toBe(413);
  });

  it('are closed to web pages from elsewhere', async () => {
    await begin();
    const headers = { origin: 'https://elsewhere.example' };
    for (const path of ['/v1/files', '/v1/batches', '/v1/messages/batches']) {
      expect((await fetch(server?.url + path, { headers })).status).toBe(403);
      expect((await post(path, {}, undefined, headers)).status).toBe(403);
    }
  });

  it('are found below a path token too', async () => {
    await begin({ pathToken: 'secret' });
    const requests = [message('a')].map((each) => ({ ...each, params: { ...each.params, model } }));
    const made = await json(post('/messages/batches', { requests }));
    const { results_url: url } = await vi.waitFor(async () => {
      const batch = await json(get(`/v1/messages/batches/${made.id}`));
      expect(batch.processing_status).toBe('ended');
      return batch;
    }, 10_000);
    expect((await get(url)).status).toBe(200);
  });

  it('refuse a file that is too large as soon as it says so, or is', async () => {
    await begin({ batches: { folder: join(place.folder, 'batches'), maxFileBytes: 100_000 } });
    const lines = [line('a', { filler: 'x'.repeat(200_000) })];
    expect((await upload(lines)).status).toBe(413);
    const { hostname, port } = new URL(server?.url ?? '');
    const status = await new Promise((resolve, reject) => {
      const sent = request({ hostname, port, path: '/v1/files', method: 'POST' }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
        sent.destroy();
      });
      sent.on('error', reject);
      sent.setHeader('content-type', 'multipart/form-data; boundary=edge');
      sent.write('--edge\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n');
      // Never ends.
      for (let at = 0; at < 20; at++) sent.write('x'.repeat(10_000));
    });
    expect(status).toBe(413);
    expect((await json(get('/v1/files'))).data).toEqual([]);
  });

  it('are not there without a folder', async () => {
    await begin({ batches: undefined as never });
    for (const path of ['/v1/files', '/v1/batches', '/v1/messages/batches']) {
      const answer = await get(path);
      expect(answer.status).toBe(501);
      expect((await json(answer)).error.message).toContain('Node 22.18');
    }
    expect((await upload([line('a')])).status).toBe(501);
  });

  it('whose folder cannot be used are refused, and whoever runs the server learns why', async () => {
    const errors: unknown[] = [];
    const folder = join(makeFolder(), 'batches');
    mkdirSync(folder);
    writeFileSync(join(folder, 'batches.sqlite'), 'no database, and long enough to be looked at as one'.repeat(100));
    await begin({ batches: { folder }, onError: (error) => errors.push(error) });
    const answer = await get('/v1/batches');
    expect([answer.status, (await json(answer)).error.code]).toEqual([503, 'SERVER_BATCHES_STORAGE']);
    expect(String(errors.at(-1))).toContain(folder);
  });
});
