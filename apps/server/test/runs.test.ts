import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRunHistory } from '@hotpath/runtime';
import { openItemRun, openRunJournal } from '@hotpath/runtime/items';
import { openWorkflows } from '@hotpath/runtime/workflows';
import { fastify } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAdminKey } from '../src/admin-key.ts';
import { createGuard } from '../src/guard.ts';
import { registerRunRoutes } from '../src/routes/runs.ts';

const key = 'an admin key that is long enough, and no more';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hotpath-runs-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const setUp = () => {
  const folders = { state: join(folder, 'state'), cache: join(folder, 'cache') };
  const history = openRunHistory(folders);
  const app = fastify();
  registerRunRoutes(app, {
    history,
    adminKey: openAdminKey({ folder, environment: { HOTPATH_ADMIN_KEY: key } }),
    guard: createGuard('127.0.0.1'),
  });
  const get = async (path: string, headers: Record<string, string> = { authorization: `Bearer ${key}` }) => {
    const reply = await app.inject({ method: 'GET', url: `/api/runs${path}`, headers });
    return { status: reply.statusCode, body: reply.json() };
  };
  return { folders, history, get };
};

describe('/api/runs', () => {
  it('lists runs of workflows, and tells how each went, without what was asked and answered', async () => {
    const { folders, history, get } = setUp();
    expect(await get('')).toEqual({ status: 200, body: { runs: [], isComplete: true } });
    const workflows = openWorkflows({ root: folder, folders });
    const good = workflows.batch.run({ name: 'good', steps: [{ id: 'a', run: 'echo secret' }] });
    await good.outcome;
    await workflows.batch.run({ name: 'bad', steps: [{ id: 'a', run: 'exit 3' }] }).outcome;
    const listed = await get('');
    expect(listed.body).toMatchObject({
      runs: [
        { name: 'bad', state: 'failed' },
        { name: 'good', state: 'committed' },
      ],
    });
    expect((await get('?limit=1')).body).toMatchObject({ runs: [{ name: 'bad' }], isComplete: false });
    expect((await get('?state=committed')).body.runs).toHaveLength(1);
    const one = await get(`/${good.id}`);
    expect(one).toMatchObject({
      status: 200,
      body: { id: good.id, attempts: [{ step: 'a', state: 'succeeded' }], changes: 0 },
    });
    expect(JSON.stringify([listed, one])).not.toContain('secret');
    await workflows.close();
    history.close();
  });

  it('tells of jobs of rows by each time that they were gone on with', async () => {
    const { folders, history, get } = setUp();
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
    job.close();
    journal.close();
    history.close();
  });

  it('answers whoever has the admin key alone, and says what is wrong', async () => {
    const { get } = setUp();
    expect((await get('', {})).body.error).toMatchObject({ code: 'ADMIN_KEY_MISSING' });
    expect((await get('', { authorization: 'Bearer no' })).status).toBe(401);
    expect((await get('/none')).body.error).toMatchObject({ code: 'ADMIN_RUN_MISSING' });
    expect((await get('?state=odd')).body.error).toMatchObject({ code: 'ADMIN_QUERY_INVALID', param: 'state' });
    expect((await get('/a/b')).body.error).toMatchObject({ code: 'ADMIN_NOT_FOUND' });
  });
});
