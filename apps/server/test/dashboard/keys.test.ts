import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adminKey, startObserved } from './observed-server.ts';

let observed: Awaited<ReturnType<typeof startObserved>>;
beforeEach(async () => {
  observed = await startObserved({}, { hasKeys: true });
});
afterEach(() => observed.close());

const fromElsewhere = { 'x-forwarded-for': '203.0.113.7' };
const settings = {
  name: 'web-shop',
  budgets: [{ usd: 50, per: 'day' }],
  limits: { concurrency: 2 },
  models: ['sim/*'],
};

const create = async (body: object = settings) => {
  const response = await observed.post('/keys', body);
  return { status: response.status, body: JSON.parse(await response.text()) };
};
/** What a client gets that comes with this secret. */
const statusWith = async (secret: string): Promise<number> => {
  const response = await fetch(`${observed.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
    body: JSON.stringify({ model: 'sim/sim-1', messages: [{ role: 'user', content: 'Hello' }] }),
  });
  await response.text();
  return response.status;
};

describe('keys on the dashboard', () => {
  it('are made with a secret that opens, and that is not told again', async () => {
    const { status, body } = await create();
    expect(status).toBe(201);
    expect(body).toMatchObject({
      version: 1,
      mayChange: true,
      key: {
        name: 'web-shop',
        status: 'active',
        budgetUsd: 50,
        period: 'day',
        limits: { concurrency: 2 },
        models: ['sim/*'],
        expiresAt: null,
      },
    });
    expect(await statusWith(body.secret)).toBe(200);
    expect(await statusWith('hp-wrong')).toBe(401);
    const list = await observed.get('/keys');
    expect(list.body).toMatchObject({ mayChange: true, keys: [{ id: body.key.id, prefix: body.secret.slice(0, 8) }] });
    expect(JSON.stringify(list.body)).not.toContain(body.secret);
    expect((await observed.get(`/keys/${body.key.id}`)).body.key).toEqual(list.body.keys[0]);
  });

  it('are changed, switched off and on, and deleted', async () => {
    const { body } = await create();
    const path = `/keys/${body.key.id}`;
    const changed = await observed.send('PATCH', path, { name: 'shop', budgets: [], limits: { concurrency: null } });
    expect(await changed.json()).toMatchObject({ key: { name: 'shop', budgets: [], limits: {}, models: ['sim/*'] } });
    await observed.send('PATCH', path, { disabled: true });
    expect(await statusWith(body.secret)).toBe(401);
    await observed.send('PATCH', path, { disabled: false });
    expect(await statusWith(body.secret)).toBe(200);
    // Another key, so that there still is one afterwards.
    await create({ name: 'other' });
    expect((await observed.send('DELETE', path)).status).toBe(204);
    expect(await statusWith(body.secret)).toBe(401);
    expect(await observed.get(path)).toMatchObject({ status: 404, body: { error: { code: 'KEYS_UNKNOWN' } } });
  });

  it('get a new secret, beside which the old one goes on for as long as was said', async () => {
    const { body } = await create();
    const rotate = async (graceMs: number) =>
      JSON.parse(await (await observed.post(`/keys/${body.key.id}/rotate`, { graceMs })).text()).secret as string;
    const second = await rotate(60_000);
    expect(second).not.toBe(body.secret);
    expect([await statusWith(body.secret), await statusWith(second)]).toEqual([200, 200]);
    const third = await rotate(0);
    expect([await statusWith(second), await statusWith(third)]).toEqual([401, 200]);
  });

  it('are refused with what is wrong about them', async () => {
    await create();
    expect(await create()).toMatchObject({ status: 409, body: { error: { code: 'KEYS_NAME_TAKEN', param: 'name' } } });
    expect(await create({ name: 'x', budgets: [{ usd: -1, per: 'day' }] })).toMatchObject({
      status: 400,
      body: { error: { code: 'KEYS_SETTINGS_INVALID', param: 'budgets[0].usd' } },
    });
    const missing = await observed.send('PATCH', '/keys/nobody', { name: 'y' });
    expect(missing.status).toBe(404);
  });

  it('are changed by the page alone, and on this machine', async () => {
    const plain = await fetch(`${observed.api}/keys`, { method: 'POST', body: JSON.stringify(settings) });
    expect(plain.status).toBe(403);
    expect((await observed.post('/keys', settings, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await observed.post('/keys', settings, fromElsewhere)).status).toBe(401);
    const signedIn = await observed.post('/session', { key: adminKey }, fromElsewhere);
    const headers = { ...fromElsewhere, cookie: signedIn.headers.get('set-cookie')?.split(';')[0] ?? '' };
    expect((await observed.get('/keys', headers)).body).toEqual({ version: 1, mayChange: false, keys: [] });
    const refused = await observed.post('/keys', settings, headers);
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ error: { code: 'ADMIN_NOT_LOCAL' } });
    expect((await observed.get('/keys')).body.keys).toEqual([]);
  });
});
