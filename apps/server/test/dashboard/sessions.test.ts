import { expect, it } from 'vitest';
import { createSessions } from '../../src/dashboard/sessions.ts';

const key = 'the admin key of this gateway';
const adminKey = {
  opens: ({ authorization }: { readonly authorization?: string }) => authorization === `Bearer ${key}`,
};

it('wrong keys are counted by the address that they came from, for a minute', () => {
  let now = 0;
  const sessions = createSessions({ adminKey, now: () => now });
  const tryFrom = (address: string, given = 'wrong') => sessions.open(given, address, false);
  for (let count = 0; count < 20; count += 1) expect(tryFrom('203.0.113.7')).toBe('wrong');
  expect(tryFrom('203.0.113.7')).toBe('too many');
  expect(tryFrom('203.0.113.8')).toBe('wrong');
  expect(tryFrom('203.0.113.7', key)).toMatchObject({ cookie: expect.any(String) });
  now = 60_001;
  expect(tryFrom('203.0.113.7')).toBe('wrong');
});

it('a session ends after twelve hours', () => {
  let now = 0;
  const sessions = createSessions({ adminKey, now: () => now });
  const { cookie } = sessions.open(key, '', true) as { readonly cookie: string };
  const headers = { cookie: cookie.split(';')[0] };
  now = 12 * 3_600_000 - 1;
  expect(sessions.has(headers)).toBe(true);
  now += 1;
  expect(sessions.has(headers)).toBe(false);
});
