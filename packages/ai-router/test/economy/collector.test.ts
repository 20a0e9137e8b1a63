import { describe, expect, it } from 'vitest';
import { type BatchKind, createCollector } from '../../src/economy/collector.ts';
import { type EconomyOptions, economySettings } from '../../src/economy/options.ts';
import { laneClock } from './support/lane-clock.ts';

const hour = 3_600_000;

function set(options: Partial<EconomyOptions> = {}, api = { maxRequests: 100, maxBytes: 1_000_000, oneModel: true }) {
  const clock = laneClock(0);
  const released: { kind: BatchKind; jobs: readonly string[]; at: number }[] = [];
  const collector = createCollector(
    economySettings({ journalPath: '', clock, ...options }),
    () => api,
    (kind, jobs) => released.push({ kind, jobs, at: clock.now() }),
  );
  const job = (id: string, more: Partial<Parameters<typeof collector.add>[0]> = {}) => ({
    ...{ id, bytes: 100, deadlineAt: clock.now() + 6 * hour, model: 'm', provider: 'p', scope: '' },
    ...{ protocol: 'openai-chat' as const, headers: {}, ...more },
  });
  return { clock, collector, released, job };
}

describe('collecting', () => {
  it('waits for the window of the first request', () => {
    const { clock, collector, released, job } = set();
    collector.add(job('a'));
    clock.advance(20_000);
    collector.add(job('b'));
    clock.advance(9_999);
    expect(released).toEqual([]);
    clock.advance(1);
    expect(released).toMatchObject([{ jobs: ['a', 'b'], at: 30_000 }]);
    clock.advance(hour);
    expect(released).toHaveLength(1);
  });

  it('does not wait for the window where a deadline leaves less', () => {
    const { clock, collector, released, job } = set();
    collector.add(job('a'));
    collector.add(job('hurried', { deadlineAt: 300_000 + 100_000 }));
    clock.advance(10_000);
    expect(released).toMatchObject([{ jobs: ['a', 'hurried'], at: 10_000 }]);
  });

  it('sends what is full at once', () => {
    const { collector, released, job } = set({ maxRequests: 2 });
    for (const id of ['a', 'b', 'c']) collector.add(job(id));
    expect(released).toMatchObject([{ jobs: ['a', 'b'] }]);
  });

  it('heeds what the provider takes, in requests and in bytes', () => {
    const few = set({}, { maxRequests: 2, maxBytes: 1_000_000, oneModel: true });
    for (const id of ['a', 'b', 'c']) few.collector.add(few.job(id));
    expect(few.released).toMatchObject([{ jobs: ['a', 'b'] }]);
    const small = set({}, { maxRequests: 100, maxBytes: 1_000, oneModel: true });
    for (const id of ['a', 'b', 'c']) small.collector.add(small.job(id, { bytes: 250 }));
    expect(small.released).toMatchObject([{ jobs: ['a', 'b'] }]);
  });

  it('keeps apart what cannot go together', () => {
    const { clock, collector, released, job } = set();
    collector.add(job('a'));
    collector.add(job('model', { model: 'n' }));
    collector.add(job('provider', { provider: 'q' }));
    collector.add(job('protocol', { protocol: 'openai-responses' }));
    collector.add(job('headers', { headers: { 'openai-project': 'x' } }));
    collector.add(job('scope', { scope: 'elsewhere' }));
    clock.advance(30_000);
    expect(released.map(({ jobs }) => jobs)).toEqual([
      ['a'],
      ['model'],
      ['provider'],
      ['protocol'],
      ['headers'],
      ['scope'],
    ]);
  });

  it('puts models together where the provider takes that', () => {
    const { clock, collector, released, job } = set({}, { maxRequests: 100, maxBytes: 1_000_000, oneModel: false });
    collector.add(job('a'));
    collector.add(job('model', { model: 'n' }));
    clock.advance(30_000);
    expect(released.map(({ jobs }) => jobs)).toEqual([['a', 'model']]);
  });

  it('forgets what is taken out, and its window', () => {
    const { clock, collector, released, job } = set();
    collector.add(job('a'));
    clock.advance(20_000);
    collector.remove('a');
    collector.add(job('b'));
    clock.advance(29_999);
    expect(released).toEqual([]);
    clock.advance(1);
    expect(released).toMatchObject([{ jobs: ['b'] }]);
  });

  it('takes nothing twice, and stops when it is closed', () => {
    const { clock, collector, released, job } = set();
    collector.add(job('a'));
    collector.add(job('a'));
    clock.advance(30_000);
    expect(released).toMatchObject([{ jobs: ['a'] }]);
    collector.add(job('b'));
    collector.close();
    clock.advance(hour);
    expect(released).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });
});
