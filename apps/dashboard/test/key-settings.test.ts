import { describe, expect, it } from 'vitest';
import type { DashboardKeyView } from '../src/api/contract.ts';
import { changesOf, fieldsOf } from '../src/pages/keys/settings.ts';

const key: DashboardKeyView = {
  id: '4f1c',
  name: 'web-shop',
  isActive: true,
  spentUsd: 3,
  budgetUsd: 50,
  period: 'day',
  requests: 1,
  lastUsedAt: null,
  status: 'active',
  prefix: 'hp-4f1c9',
  createdAt: 0,
  expiresAt: Date.UTC(2027, 0, 31, 12, 30),
  models: ['openai/*', 'sim/*'],
  limits: { concurrency: 4 },
  budgets: [{ usd: 50, per: 'day', spentUsd: 3, resetsAt: null }],
};

describe('the form of a key', () => {
  it('shows what the key is', () => {
    expect(fieldsOf(key)).toEqual({
      name: 'web-shop',
      'budget hour': '',
      'budget day': '50',
      'budget week': '',
      'budget month': '',
      'budget total': '',
      concurrency: '4',
      requestsPerMinute: '',
      tokensPerMinute: '',
      expires: '2027-01-31',
      models: 'openai/*\nsim/*',
    });
  });

  it('tells all there is of a new one', () => {
    const fields = { ...fieldsOf(undefined), name: ' ci ', 'budget month': '12.5', expires: '2027-02-01', models: ' ' };
    expect(changesOf(fields, undefined)).toEqual({
      name: 'ci',
      budgets: [{ usd: 12.5, per: 'month' }],
      limits: { concurrency: null, requestsPerMinute: null, tokensPerMinute: null },
      expiresAt: '2027-02-01',
      models: null,
    });
  });

  it('tells of one that is there only what is other than before', () => {
    const before = fieldsOf(key);
    expect(changesOf(before, before)).toEqual({});
    expect(changesOf({ ...before, concurrency: '' }, before)).toEqual({
      limits: { concurrency: null, requestsPerMinute: null, tokensPerMinute: null },
    });
    expect(changesOf({ ...before, expires: '', models: 'sim/*\r\n\n' }, before)).toEqual({
      expiresAt: null,
      models: ['sim/*'],
    });
    expect(changesOf({ ...before, 'budget day': '' }, before)).toEqual({ budgets: [] });
  });
});
