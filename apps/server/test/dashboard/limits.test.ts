import { routerChannels } from '@hotpath/runtime';
import { describe, expect, it } from 'vitest';
import { limitViews } from '../../src/dashboard/limits.ts';
import { startObserved } from './observed-server.ts';

describe('limits on the dashboard', () => {
  it('are told by what they are of, those first before which somebody waits', () => {
    const states = [
      { name: 'model:openai/small', limits: { requestsPerMinute: 5 }, active: 1, waiting: 0, requests: 4, tokens: 9 },
      { name: 'key:4f1c', limits: { concurrency: 1 }, active: 1, waiting: 2, requests: 0, tokens: 0 },
      { name: 'provider:openai', limits: { tokensPerMinute: 100 }, active: 1, waiting: 0, requests: 0, tokens: 80 },
      { name: 'else', limits: { concurrency: 1 }, active: 0, waiting: 0, requests: 0, tokens: 0 },
    ];
    expect(limitViews(states, (id) => (id === '4f1c' ? 'web-shop' : undefined))).toMatchObject([
      { of: 'key', id: '4f1c', name: 'web-shop', waiting: 2, concurrency: { most: 1, used: 1 } },
      { of: 'provider', id: 'openai', name: null, concurrency: null, tokensPerMinute: { most: 100, used: 80 } },
      { of: 'model', id: 'openai/small', requestsPerMinute: { most: 5, used: 4 }, tokensPerMinute: null },
    ]);
  });

  it('are those of the configuration, and count what was asked', async () => {
    const observed = await startObserved({
      limits: { providers: { sim: { requestsPerMinute: 9 } }, models: { 'sim/other': { concurrency: 3 } } },
    });
    await observed.ask('one');
    expect((await observed.get('/providers')).body.limits).toMatchObject([
      { of: 'provider', id: 'sim', requestsPerMinute: { most: 9, used: 1 } },
      { of: 'model', id: 'sim/other', concurrency: { most: 3, used: 0 } },
    ]);
    await observed.close();
  });
});

describe('batches of the economy lane', () => {
  it('are told with what became of them', async () => {
    const observed = await startObserved();
    expect((await observed.get('/economy')).body).toMatchObject({
      version: 1,
      collecting: [],
      batches: [],
      history: [],
    });
    routerChannels.economy.publish({ type: 'submitted', provider: 'openai', batchId: 'batch_1', requests: 3 });
    routerChannels.economy.publish({
      type: 'refused',
      provider: 'openai',
      error: new Error('Too many of sk-abcdefgh1.'),
    });
    expect((await observed.get('/economy')).body.history).toMatchObject([
      { type: 'refused', provider: 'openai', batchId: null, problem: 'Too many of ***.' },
      { type: 'submitted', batchId: 'batch_1', requests: 3, problem: null },
    ]);
    await observed.close();
  });
});
