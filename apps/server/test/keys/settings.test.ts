import { describe, expect, it } from 'vitest';
import { KeyError } from '../../src/keys/errors.ts';
import { compileGlob } from '../../src/keys/glob.ts';
import { endOf, startsAt } from '../../src/keys/period.ts';
import { makeSecret } from '../../src/keys/secret.ts';
import { readChanges, withChanges } from '../../src/keys/settings.ts';
import { day, start } from './support.ts';

const refusalOf = (value: unknown): { param: string | undefined; message: string } | undefined => {
  try {
    withChanges(undefined, readChanges(value), start);
    return undefined;
  } catch (error) {
    if (!KeyError.isInstance(error) || error.code !== 'KEYS_SETTINGS_INVALID') throw error;
    return { param: error.param, message: error.message };
  }
};

describe('settings', () => {
  it.each([
    [null, ''],
    ['ci', ''],
    [[], ''],
    [{}, 'name'],
    [{ name: '' }, 'name'],
    [{ name: ' ci' }, 'name'],
    [{ name: 7 }, 'name'],
    [{ name: 'x'.repeat(101) }, 'name'],
    [{ name: 'two\nlines' }, 'name'],
    [{ name: 'hidden\u202e' }, 'name'],
    [{ name: '\ud800' }, 'name'],
    [{ name: 'hp-something' }, 'name'],
    [{ name: null }, 'name'],
    [{ name: 'ci', colour: 'red' }, 'colour'],
    [{ name: 'ci', disabled: 'yes' }, 'disabled'],
    [{ name: 'ci', disabled: null }, 'disabled'],
    [{ name: 'ci', expiresAt: 'tomorrow' }, 'expiresAt'],
    [{ name: 'ci', expiresAt: '2030-01-01T00:00:00' }, 'expiresAt'],
    [{ name: 'ci', expiresAt: '2030-13-01' }, 'expiresAt'],
    [{ name: 'ci', expiresAt: Number.NaN }, 'expiresAt'],
    [{ name: 'ci', expiresAt: start }, 'expiresAt'],
    [{ name: 'ci', expiresAt: Math.floor((start + day) / 1000) }, 'expiresAt'],
    [{ name: 'ci', tags: 'a' }, 'tags'],
    [{ name: 'ci', tags: null }, 'tags'],
    [{ name: 'ci', tags: ['a', 7] }, 'tags[1]'],
    [{ name: 'ci', tags: Array.from({ length: 51 }, String) }, 'tags'],
    [{ name: 'ci', team: '' }, 'team'],
    [{ name: 'ci', models: [] }, 'models'],
    [{ name: 'ci', models: 'openai/*' }, 'models'],
    [{ name: 'ci', limits: [] }, 'limits'],
    [{ name: 'ci', limits: { rpm: 5 } }, 'limits.rpm'],
    [{ name: 'ci', limits: { concurrency: 1.5 } }, 'limits.concurrency'],
    [{ name: 'ci', limits: { tokensPerMinute: -1 } }, 'limits.tokensPerMinute'],
    [{ name: 'ci', limits: { requestsPerMinute: '5' } }, 'limits.requestsPerMinute'],
    [{ name: 'ci', budgets: {} }, 'budgets'],
    [{ name: 'ci', budgets: [5] }, 'budgets[0]'],
    [{ name: 'ci', budgets: [{ usd: 5 }] }, 'budgets[0].per'],
    [{ name: 'ci', budgets: [{ usd: 5, per: 'year' }] }, 'budgets[0].per'],
    [{ name: 'ci', budgets: [{ usd: -5, per: 'day' }] }, 'budgets[0].usd'],
    [{ name: 'ci', budgets: [{ usd: Number.POSITIVE_INFINITY, per: 'day' }] }, 'budgets[0].usd'],
    [{ name: 'ci', budgets: [{ usd: 2_000_000, per: 'day' }] }, 'budgets[0].usd'],
    [{ name: 'ci', budgets: [{ usd: 5, per: 'day', start: 0 }] }, 'budgets[0].start'],
    [
      {
        name: 'ci',
        budgets: [
          { usd: 5, per: 'day' },
          { usd: 6, per: 'day' },
        ],
      },
      'budgets',
    ],
    [{ name: 'ci', cacheScope: 'all' }, 'cacheScope'],
    [{ name: 'ci', cacheScope: 'team' }, 'cacheScope'],
  ])('refuse %j and name the fault', (value, param) => {
    expect(refusalOf(value)).toMatchObject({ param, message: expect.stringMatching(/\.$/) });
  });

  it('take what JSON can say', () => {
    const value = {
      name: 'ci',
      expiresAt: '2027-01-31T12:00:00+01:00',
      tags: ['b', 'a', 'b'],
      team: 'docs',
      models: ['openai/*', 'openai/*'],
      limits: { concurrency: 0, tokensPerMinute: null },
      budgets: [
        { usd: 100, per: 'month' },
        { usd: 0.5, per: 'hour' },
      ],
      cacheScope: 'team',
    };
    expect(withChanges(undefined, readChanges(value), start)).toEqual({
      ...value,
      expiresAt: Date.UTC(2027, 0, 31, 11),
      disabled: false,
      tags: ['b', 'a'],
      models: ['openai/*'],
      limits: { concurrency: 0 },
      budgets: [
        { usd: 0.5, per: 'hour' },
        { usd: 100, per: 'month' },
      ],
    });
    expect(readChanges({ expiresAt: '2027-01-31' })).toEqual({ expiresAt: Date.UTC(2027, 0, 31) });
  });

  it('stay together: a team cannot leave while the cache is shared with it', () => {
    const settings = withChanges(undefined, readChanges({ name: 'ci', team: 'docs', cacheScope: 'team' }), start);
    expect(() => withChanges(settings, { team: null }, start)).toThrow('"cacheScope" cannot be "team" without a team');
    expect(withChanges(settings, { team: null, cacheScope: null }, start)).toMatchObject({ team: null });
    // An end that has passed meanwhile does not stand in the way of other changes.
    const ended = { ...settings, expiresAt: start - 1 };
    expect(withChanges(ended, { tags: ['a'] }, start).expiresAt).toBe(start - 1);
  });

  it('never repeat a secret that was put in the wrong place', () => {
    const secret = makeSecret();
    for (const value of [
      { name: secret },
      { name: `x ${secret}` },
      { name: 'ci', tags: [secret] },
      { name: 'ci', team: secret },
      { name: 'ci', models: [secret] },
      { name: 'ci', [secret]: true },
      { name: 'ci', limits: { [secret]: 1 } },
      { name: 'ci', cacheScope: secret },
      { name: 'ci', expiresAt: secret },
      { name: 'ci', budgets: [{ usd: 1, per: secret }] },
      secret,
    ]) {
      const { message, param } = refusalOf(value) ?? { message: '', param: '' };
      expect(message).not.toBe('');
      expect(`${message} ${param}`).not.toContain(secret.slice(8));
    }
  });
});

describe('a pattern', () => {
  it.each([
    ['openai/gpt-4o', 'openai/gpt-4o', true],
    ['openai/gpt-4o', 'openai/gpt-4o-mini', false],
    ['openai/*', 'openai/gpt-4o', true],
    ['openai/*', 'xopenai/gpt-4o', false],
    ['openrouter/*', 'openrouter/meta/llama-3', true],
    ['*/llama-?', 'groq/llama-3', true],
    ['*/llama-?', 'groq/llama-33', false],
    ['*/llama-?', 'groq/llama-', false],
    ['*', '', true],
    ['*', 'anything/at all', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['**mini', 'gpt-mini', true],
    ['gpt.4o', 'gptx4o', false],
    ['GPT*', 'gpt-4o', false],
    ['?', '*', true],
    ['x', '', false],
  ])('%s meets %s: %s', (pattern, name, expected) => {
    expect(compileGlob(pattern)(name)).toBe(expected);
  });

  it('takes no more steps than both lengths multiplied', () => {
    // As a regular expression this would take years.
    expect(compileGlob('*a'.repeat(140))('a'.repeat(100_000).concat('b'))).toBe(false);
  });
});

describe('periods', () => {
  it.each([
    [Date.UTC(2026, 0, 1), Date.UTC(2025, 11, 29), Date.UTC(2026, 0, 1), Date.UTC(2026, 1, 1)],
    [Date.UTC(2024, 1, 29, 23, 59, 59, 999), Date.UTC(2024, 1, 26), Date.UTC(2024, 1, 1), Date.UTC(2024, 2, 1)],
    [Date.UTC(2026, 10, 23), Date.UTC(2026, 10, 23), Date.UTC(2026, 10, 1), Date.UTC(2026, 11, 1)],
    [Date.UTC(2026, 11, 31, 12), Date.UTC(2026, 11, 28), Date.UTC(2026, 11, 1), Date.UTC(2027, 0, 1)],
    [0, Date.UTC(1969, 11, 29), 0, Date.UTC(1970, 1, 1)],
  ])('of %d begin and end where the calendar says', (time, week, month, monthEnd) => {
    const starts = startsAt(time);
    expect(starts).toEqual({
      hour: time - (time % 3_600_000),
      day: time - (time % day),
      week,
      month,
      total: 0,
    });
    expect(new Date(starts.week).getUTCDay()).toBe(1);
    expect(endOf('week', week)).toBe(week + 7 * day);
    expect(endOf('month', month)).toBe(monthEnd);
    expect(endOf('total', 0)).toBeNull();
  });
});
