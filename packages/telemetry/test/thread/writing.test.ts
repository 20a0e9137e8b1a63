import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { EventBatch } from '../../src/exporter.ts';
import { createWriting } from '../../src/thread/writing.ts';

const busy = Object.assign(new Error('database is locked'), { code: 'ERR_SQLITE_ERROR', errcode: 261 });
const batch = (count: number) => ({ count }) as EventBatch;

/** A store that another process is in the way of until `lock` is undefined. */
const writingTo = () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const told: string[] = [];
  const state: { lock: unknown } = { lock: busy };
  const writing = createWriting({
    store: {
      write(batches) {
        if (state.lock !== undefined) {
          told.push('tried');
          throw state.lock;
        }
        told.push(`written ${batches.map(({ count }) => count).join(' ')}`);
      },
    },
    succeed: (id) => told.push(`safe ${id}`),
    fail: (id) => told.push(`lost ${id}`),
  });
  return { told, state, writing };
};

describe('writing while another process is in the way', () => {
  it('is tried again until it succeeds, in order, with what came meanwhile', async () => {
    const { told, state, writing } = writingTo();
    writing.add(1, batch(10));
    await vi.advanceTimersByTimeAsync(250);
    writing.add(2, batch(20));
    writing.writeUnlessBusy();
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual(['tried', 'tried', 'tried']);
    state.lock = undefined;
    await vi.advanceTimersByTimeAsync(100);
    expect(told.slice(3)).toEqual(['written 10 20', 'safe 1', 'safe 2']);
    writing.add(3, batch(30));
    await vi.advanceTimersByTimeAsync(0);
    expect(told.slice(6)).toEqual(['written 30', 'safe 3']);
  });

  it('is tried once more, in all, by who is about to close', async () => {
    const { told, writing } = writingTo();
    writing.add(1, batch(10));
    await vi.advanceTimersByTimeAsync(0);
    writing.endWaiting();
    writing.add(2, batch(20));
    await vi.advanceTimersByTimeAsync(1000);
    expect(told).toEqual(['tried', 'tried', 'lost 1', 'lost 2']);
  });

  it('is not tried again where it is something else that failed', async () => {
    const { told, state, writing } = writingTo();
    state.lock = Object.assign(new Error('disk full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 });
    writing.add(1, batch(10));
    await vi.advanceTimersByTimeAsync(1000);
    expect(told).toEqual(['tried', 'lost 1']);
    state.lock = undefined;
    writing.add(2, batch(20));
    await vi.advanceTimersByTimeAsync(0);
    expect(told.slice(2)).toEqual(['written 20', 'safe 2']);
  });
});
