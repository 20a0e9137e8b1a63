import { describe, expect, it } from 'vitest';
import { readDeadline } from '../src/deadline.ts';

const now = Date.UTC(2026, 10, 21, 12);
const read = (header: string | undefined, body = {}) =>
  readDeadline(header === undefined ? {} : { 'x-hotpath-deadline': header }, body, now);

describe('the deadline of a request', () => {
  it.each([
    ['90', 90_000],
    ['1.5', 1_500],
    ['250ms', 250],
    ['90s', 90_000],
    [' 6h ', 21_600_000],
    ['1d', 86_400_000],
    ['2026-11-21T18:00:00Z', 21_600_000],
    ['2026-11-21T18:00:00+01:00', 18_000_000],
    ['2026-11-22', 43_200_000],
    ['Sat, 21 Nov 2026 18:00:00 GMT', 21_600_000],
    ['2026-11-21T11:00:00Z', -3_600_000],
  ])('of "%s" is read', (header, ms) => {
    expect(read(header)).toMatchObject({ deadlineAt: now + ms, isBodyChanged: false });
  });

  it.each(['', 'soon', '-1', '6 fortnights', '1e400', '2026-13-45', 'November 22', 'Infinity'])(
    'of "%s" is refused',
    (header) => {
      expect(read(header)).toMatchObject({ status: 400, code: 'SERVER_DEADLINE_INVALID' });
    },
  );

  it('is none where nobody speaks of one', () => {
    expect(read(undefined, { service_tier: 'flex' })).toBeUndefined();
  });

  it.each(['economy', 'batch'])('is a day where the tier of service is "%s", which goes no further', (tier) => {
    const read1 = read(undefined, { model: 'm', service_tier: tier });
    expect(read1).toEqual({ deadlineAt: now + 86_400_000, body: { model: 'm' }, isBodyChanged: true });
  });

  it('is what the header says where both do', () => {
    expect(read('6h', { service_tier: 'economy' })).toEqual({
      deadlineAt: now + 21_600_000,
      body: {},
      isBodyChanged: true,
    });
  });
});
