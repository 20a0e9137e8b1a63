import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Hotpath, openRunHistory } from '@hotpath/runtime';
import { openItemRun, openRunJournal } from '@hotpath/runtime/items';
import { createRunControl, openWorkflows, type RunControl, type Workflow } from '@hotpath/runtime/workflows';
import { fastify } from 'fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openAdminKey } from '../src/admin-key.ts';
import { createGuard } from '../src/guard.ts';
import { refuse } from '../src/routes/admin-error.ts';
import type { AdminScopeOptions } from '../src/routes/admin-scope.ts';
import { registerRunRoutes } from '../src/routes/runs.ts';

const key = 'an admin key that is long enough, and no more';
const authorized = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
const ends: (() => unknown)[] = [];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hotpath-runs-'));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  rmSync(folder, { recursive: true, force: true });
});

const setUp = (access?: AdminScopeOptions['access']) => {
  const root = join(folder, 'root');
  mkdirSync(root);
  const folders = { state: join(folder, 'state'), cache: join(folder, 'cache') };
  const history = openRunHistory(folders);
  const app = fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  const errors: unknown[] = [];
  let control: RunControl | undefined;
  registerRunRoutes(app, {
    history,
    control: async () => {
      control ??= createRunControl({ folders, hotpath: {} as Hotpath, onError: (error) => errors.push(error) });
      return control;
    },
    adminKey: openAdminKey({ folder, environment: { HOTPATH_ADMIN_KEY: key } }),
    guard: createGuard('127.0.0.1'),
    everyMs: 5,
    commentMs: 20,
    ...(access && { access }),
    onError: (error) => errors.push(error),
  });
  const workflows = openWorkflows({ root, folders });
  ends.push(
    () => history.close(),
    () => workflows.close(),
    () => control?.close(),
  );
  const ask = async (method: 'GET' | 'POST', path: string, body?: object, headers: object = authorized) => {
    const reply = await app.inject({
      method,
      url: `/api/runs${path}`,
      headers: { ...headers },
      ...(body !== undefined && { payload: JSON.stringify(body) }),
    });
    return { status: reply.statusCode, body: reply.json() };
  };
  /** Events as they came, `event data` each. */
  const events = async (
    id: string,
    headers: Readonly<Record<string, string>> = authorized,
  ): Promise<readonly { readonly event: string; readonly data: Readonly<Record<string, unknown>> }[]> => {
    const reply = await app.inject({ method: 'GET', url: `/api/runs/${id}/events`, headers });
    expect(reply.headers['content-type']).toMatch(/^text\/event-stream/);
    return reply.body
      .split('\n\n')
      .filter((text) => text.startsWith('event: '))
      .map((text) => {
        const [, event = '', data = ''] = /^event: (.*)\ndata: (.*)$/.exec(text) ?? [];
        return { event, data: JSON.parse(data) };
      });
  };
  const get = (path: string, headers?: object) => ask('GET', path, undefined, headers);
  const post = (path: string, body: object = {}) => ask('POST', path, body);
  const run = async (workflow: Workflow) => (await workflows.batch.run(workflow, { file: '/w.yaml' }).outcome).run;
  const text = (path: string) => readFileSync(join(root, path), 'utf8');
  return { root, folders, history, workflows, errors, get, post, events, run, text };
};

const asking: Workflow = {
  name: 'asking',
  steps: [
    { id: 'sure', map: ['a', 'b'], approve: `Publish \${{ item }}?` },
    { id: 'publish', run: 'echo out > out.txt', writes: ['out.txt'], dependencies: ['sure'] },
  ],
};

describe('/api/runs', () => {
  it('lists runs of workflows, and tells how each went, without what was asked and answered', async () => {
    const { root, get, run } = setUp();
    expect(await get('')).toEqual({ status: 200, body: { runs: [], isComplete: true } });
    const good = await run({ name: 'good', steps: [{ id: 'a', run: 'echo secret; echo x > a', writes: ['a'] }] });
    await run({ name: 'bad', steps: [{ id: 'a', run: 'exit 3', retries: 0 }] });
    const listed = await get('');
    expect(listed.body).toMatchObject({
      runs: [
        { name: 'bad', state: 'failed', file: '/w.yaml', undoneAt: null, durationMs: expect.any(Number) },
        { name: 'good', state: 'committed' },
      ],
    });
    expect((await get('?limit=1')).body).toMatchObject({ runs: [{ name: 'bad' }], isComplete: false });
    for (const [query, count] of [
      ['state=committed', 1],
      ['name=bad', 1],
      [`root=${encodeURIComponent(root)}`, 2],
      ['root=/else', 0],
    ])
      expect((await get(`?${query}`)).body.runs).toHaveLength(Number(count));
    const one = await get(`/${good}`);
    expect(one).toMatchObject({
      status: 200,
      body: {
        id: good,
        attempts: [{ step: 'a', state: 'succeeded', durationMs: expect.any(Number), question: null }],
        waiting: [],
        changes: 1,
        effects: [{ sequence: 0, step: 'a', attempt: 1, workspace: 'files', isUndone: false }],
      },
    });
    expect(JSON.stringify([listed, one])).not.toContain('secret');
  });

  it('tells of jobs of rows by each time that they were gone on with', async () => {
    const { folders, history, get, post } = setUp();
    const journal = await openRunJournal(folders);
    const job = openItemRun<string>({ keyOf: (row) => row });
    const { run } = await job.run(() => ['one', 'two'], {
      name: 'batch out.jsonl',
      journal,
      root: folder,
      inputs: { template: 'secret' },
      work: () => ({ output: 'secret', costUsd: 0.5 }),
    });
    const [listed, one] = [await get(''), await get(`/${run}`)];
    expect(listed.body.runs).toMatchObject([{ id: run, name: 'batch out.jsonl', state: 'committed', costUsd: 1 }]);
    expect(one.body).toMatchObject({ attempts: [{ step: 'items', attempt: 1, state: 'succeeded' }], changes: 0 });
    expect(JSON.stringify([listed, one])).not.toContain('secret');
    for (const reply of [await get(`/${run}/plan`), await post(`/${run}/undo`)])
      expect(reply).toMatchObject({ status: 409, body: { error: { code: 'BATCH_RUN_KIND' } } });
    expect(await get(`/${run}/changes`)).toMatchObject({ status: 200, body: { state: 'committed' } });
    expect((await post(`/${run}/approve`, { steps: ['items'] })).status).toBe(409);
    job.close();
    journal.close();
    history.close();
  });

  it('tells runs that somebody runs from those whose process has ended', async () => {
    const { root, folders, history, workflows, get, events } = setUp();
    const journal = await openRunJournal(folders);
    const workflow: Workflow = { name: 'w', steps: [{ id: 'a', run: 'true' }] };
    const left = { id: 'left', name: 'w', state: 'running', root, definition: JSON.stringify(workflow) } as const;
    const write = (state: 'running' | 'undoing' | 'undone') =>
      journal.write([{ type: 'run', run: { ...left, state, inputs: '{}', createdAtMs: 1 } }], 'full');
    const go = join(folder, 'go');
    const until = `until [ -e ${go} ]; do sleep 0.02; done`;
    const own = workflows.batch.run({ name: 'own', steps: [{ id: 'a', run: until }] });
    for await (const { type } of own) if (type === 'step-start') break;
    for (const state of ['running', 'undoing'] as const) {
      await write(state);
      expect((await get('')).body.runs).toMatchObject([
        { id: 'left', state: 'interrupted' },
        { id: own.id, state: 'running' },
      ]);
      expect((await get('?state=interrupted')).body).toMatchObject({ runs: [{ id: 'left' }], isComplete: true });
      expect((await get('?state=running&limit=1')).body).toMatchObject({ runs: [{ id: own.id }], isComplete: true });
    }
    expect((await get('/left')).body).toMatchObject({ state: 'interrupted' });
    const looks = vi.spyOn(history, 'interrupted');
    const telling = events('left');
    // Once it looks again it has told what it saw first.
    await vi.waitFor(() => expect(looks.mock.calls.length).toBeGreaterThan(1));
    await write('undone');
    expect((await telling).flatMap(({ event, data }) => (event === 'run' ? [data.state] : []))).toEqual([
      'interrupted',
      'undone',
    ]);
    writeFileSync(go, '');
    expect((await own.outcome).state).toBe('committed');
    journal.close();
  });

  it('answers whoever has the admin key alone, and says what is wrong', async () => {
    const { get, post } = setUp();
    expect((await get('', {})).body.error).toMatchObject({ code: 'ADMIN_KEY_MISSING' });
    expect((await get('', { authorization: 'Bearer no' })).status).toBe(401);
    for (const path of ['', '/plan', '/changes', '/events'])
      expect((await get(`/none${path}`)).body.error).toMatchObject({ code: 'ADMIN_RUN_MISSING' });
    expect((await post('/none/undo')).body.error).toMatchObject({ code: 'ADMIN_RUN_MISSING' });
    expect((await get('?state=odd')).body.error).toMatchObject({ code: 'ADMIN_QUERY_INVALID', param: 'state' });
    expect((await get('/a/b')).body.error).toMatchObject({ code: 'ADMIN_NOT_FOUND' });
    for (const body of [{}, { steps: [] }, { steps: [1] }, { steps: ['a'], more: 1 }])
      expect((await post('/none/approve', body)).body.error).toMatchObject({ code: 'ADMIN_BODY_INVALID' });
  });

  it('shows the plan of a run, and what it has changed', async () => {
    const { root, get, run } = setUp();
    writeFileSync(join(root, 'b'), 'before');
    const id = await run({
      name: 'two',
      steps: [
        { id: 'one', file: 'a', content: 'secret' },
        { id: 'two', run: 'cat a > b', reads: ['a'], writes: ['b'] },
      ],
    });
    const { body } = await get(`/${id}/plan`);
    expect(body).toMatchObject({
      steps: [{ id: 'one' }, { id: 'two', kind: 'shell', durationFrom: 'learnt' }],
      dependencies: [{ from: 'one', to: 'two', why: 'write-read', what: 'a' }],
      criticalPath: ['one', 'two'],
    });
    expect(JSON.stringify(body)).not.toContain('secret');
    const paths = [
      { path: 'a', change: 'made', steps: ['one'] },
      { path: 'b', change: 'changed', steps: ['two'] },
    ];
    expect((await get(`/${id}/changes`)).body).toEqual({ state: 'committed', paths, compensations: [], conflicts: [] });
    writeFileSync(join(root, 'b'), 'mine');
    expect((await get(`/${id}/changes`)).body.conflicts).toEqual([
      expect.objectContaining({ path: 'b', reason: 'was changed since' }),
    ]);
  });

  it('takes a run back, or says why not', async () => {
    const { root, get, post, run, text } = setUp();
    writeFileSync(join(root, 'a'), 'before');
    const id = await run({ name: 'w', steps: [{ id: 'one', file: 'a', content: 'after' }] });
    writeFileSync(join(root, 'a'), 'mine');
    expect(await post(`/${id}/undo`)).toMatchObject({ status: 409, body: { error: { code: 'BATCH_UNDO_CONFLICT' } } });
    expect(text('a')).toBe('mine');
    writeFileSync(join(root, 'a'), 'after');
    const again = await run({ name: 'w', steps: [{ id: 'one', file: 'a', content: 'later' }] });
    expect(await post(`/${again}/undo`)).toEqual({
      status: 200,
      body: { id: again, state: 'undone', steps: ['one'], conflicts: [] },
    });
    expect(text('a')).toBe('after');
    expect((await get(`/${again}`)).body).toMatchObject({ state: 'undone', undoneAt: expect.any(String), changes: 0 });
    expect((await get(`/${again}/changes`)).body.paths).toEqual([{ path: 'a', change: 'changed', steps: ['one'] }]);
    expect(await post(`/${again}/undo`)).toMatchObject({ status: 409, body: { error: { code: 'BATCH_RUN_STATE' } } });
  });

  it('says yes to what waits, and goes on with the run', async () => {
    const { get, post, run, events, text, errors } = setUp();
    const id = await run(asking);
    expect((await get(`/${id}`)).body).toMatchObject({
      state: 'paused',
      waiting: [
        { step: 'sure[0]', question: 'Publish a?' },
        { step: 'sure[1]', question: 'Publish b?' },
      ],
    });
    expect(await post(`/${id}/approve`, { steps: ['publish'] })).toMatchObject({
      status: 409,
      body: { error: { code: 'ADMIN_RUN_NOT_WAITING' } },
    });
    expect(await post(`/${id}/approve`, { steps: ['sure'] })).toEqual({ status: 202, body: { id, state: 'running' } });
    const told = await events(id);
    expect(told.at(-1)).toEqual({ event: 'end', data: { state: 'committed' } });
    expect(text('out.txt')).toBe('out\n');
    expect(errors).toEqual([]);
  });

  it('does not go on where the folder is in use, nor with functions that it does not have', async () => {
    const { workflows, post, run } = setUp();
    const id = await run(asking);
    const called = await run({
      name: 'calling',
      steps: [
        { id: 'sure', approve: 'Go?' },
        { id: 'f', call: 'shout', dependencies: ['sure'] },
      ],
    });
    const other = workflows.batch.run({ name: 'slow', steps: [{ id: 'a', run: 'sleep 1' }] });
    for await (const { type } of other) if (type === 'step-start') break;
    expect(await post(`/${id}/approve`, { steps: ['sure'] })).toMatchObject({
      status: 409,
      body: { error: { code: 'BATCH_LOCKED' } },
    });
    await other.outcome;
    expect(await post(`/${called}/approve`, { steps: ['sure'] })).toMatchObject({
      status: 409,
      body: { error: { code: 'ADMIN_RUN_FUNCTIONS', message: expect.stringContaining('--approve sure') } },
    });
  });

  it('tells of a run as long as whoever listens may', async () => {
    let isSignedIn = true;
    const { workflows, events, get } = setUp(() =>
      isSignedIn ? undefined : refuse(401, 'DASHBOARD_SIGN_IN', 'Sign in.'),
    );
    const go = join(folder, 'go');
    const run = workflows.batch.run({
      name: 'slow',
      steps: [{ id: 'a', run: `until [ -e ${go} ]; do sleep 0.02; done` }],
    });
    for await (const { type } of run) if (type === 'step-start') break;
    const telling = events(run.id, {});
    expect((await get(`/${run.id}`, {})).status).toBe(200);
    isSignedIn = false;
    // It ends, although the run goes on.
    expect((await telling).filter(({ event }) => event === 'end')).toEqual([]);
    writeFileSync(go, '');
    await run.outcome;
  });

  it('tells of a run as it goes on in another process', async () => {
    const { workflows, events } = setUp();
    const go = join(folder, 'go');
    const run = workflows.batch.run({
      name: 'slow',
      steps: [
        { id: 'a', run: `until [ -e ${go} ]; do sleep 0.02; done` },
        { id: 'b', run: 'exit 3', retries: 0, dependencies: ['a'] },
      ],
    });
    for await (const { type } of run) if (type === 'step-start') break;
    const telling = events(run.id);
    writeFileSync(go, '');
    const told = (await telling).map(({ event, data }) => [event, data.step, data.state].filter(Boolean).join(' '));
    expect(told.slice(0, 1)).toEqual(['run running']);
    expect(told.filter((text) => text.startsWith('step'))).toEqual(
      expect.arrayContaining(['step a succeeded', 'step b failed']),
    );
    expect(told.slice(-2)).toEqual(['run failed', 'end failed']);
    expect(new Set(told).size).toBe(told.length);
  });
});
