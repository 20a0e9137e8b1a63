import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { warmLater } from '../src/warm-cache.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const settings = { warmEntries: 500, warmBudgetMs: 700 };
const nothing = { entries: 0, candidates: 0, durationMs: 0, complete: true };

it('warms once, a moment after the start, within its budget', () => {
  const warm = vi.fn(async () => nothing);
  warmLater({ warm }, settings);
  expect(warm).not.toHaveBeenCalled();
  vi.advanceTimersByTime(10_000);
  expect(warm.mock.calls).toEqual([[expect.objectContaining({ top: 500, budgetMs: 700 })]]);
});

it('does nothing where it is switched off, or ended before it began', () => {
  const warm = vi.fn(async () => nothing);
  warmLater({ warm }, { ...settings, warmEntries: 0 });
  warmLater({ warm }, settings)();
  vi.advanceTimersByTime(10_000);
  expect(warm).not.toHaveBeenCalled();
});

it('is ended while it goes on, without anybody hearing of it', async () => {
  const warm = vi.fn(
    ({ signal }: { signal?: AbortSignal | undefined } = {}) =>
      new Promise<typeof nothing>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
  );
  const stop = warmLater({ warm }, settings);
  vi.advanceTimersByTime(10_000);
  stop();
  await expect(warm.mock.results[0]?.value).rejects.toMatchObject({ name: 'AbortError' });
});
