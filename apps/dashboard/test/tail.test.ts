import { describe, expect, it } from 'vitest';
import type { RequestView } from '../src/api/contract.ts';
import { isMeant, withLive } from '../src/pages/requests/tail.ts';

const request = (event: string, at: number, more: Partial<RequestView> = {}) =>
  ({ event, at, requestId: `req_${event}`, model: 'small', outcome: 'complete', ...more }) as RequestView;

describe('the list of requests', () => {
  it('has each once, the newest first, and no more than asked for', () => {
    const listed = [request('c', 3), request('b', 2), request('a', 1)];
    const live = [request('e', 5), request('d', 4), request('c', 3)];
    expect(withLive(listed, live, 4).map(({ event }) => event)).toEqual(['e', 'd', 'c', 'b']);
  });

  it('knows one that was told live again, though it had no number then', () => {
    const live = [request('', 4, { requestId: 'req_d' }), request('', 3, { requestId: 'req_c' })];
    expect(withLive([request('c', 3)], live, 9).map(({ requestId }) => requestId)).toEqual(['req_d', 'req_c']);
  });

  it('has all that came with the same id', () => {
    const same = (at: number) => request('', at, { requestId: 'req_same' });
    expect(withLive([same(2), same(1)], [same(3), same(2)], 9).map(({ at }) => at)).toEqual([3, 2, 1]);
  });

  it('leaves out what is not asked for', () => {
    const one = request('a', 1, { requestId: 'req_12ab' });
    expect(isMeant(one, { range: '1h', model: 'small', outcome: 'complete' })).toBe(true);
    expect(isMeant(one, { model: 'large' })).toBe(false);
    expect(isMeant(one, { search: 'req_12' })).toBe(true);
    expect(isMeant(one, { search: '12' })).toBe(false);
    expect(isMeant(request('a', 1, { requestId: null }), { search: 'req' })).toBe(false);
  });
});
