import type { Cache } from '@hotpath/cache';
import type { ResolvedConfig } from './config.ts';

/** Whatever the start still has to do comes first. */
const delayMs = 20;

/**
 * Brings the answers used most back into memory, in the background and in slices of a few milliseconds between which
 * requests are answered. Returns what ends it.
 */
export const warmLater = (
  cache: Pick<Cache<unknown>, 'warm'>,
  { warmEntries, warmBudgetMs }: Pick<ResolvedConfig['cache'], 'warmEntries' | 'warmBudgetMs'>,
): (() => void) => {
  if (warmEntries === 0) return () => {};
  const controller = new AbortController();
  const timer = setTimeout(() => {
    // It rejects when it is ended; what the stores could not do they have counted and announced themselves.
    cache.warm({ top: warmEntries, budgetMs: warmBudgetMs, signal: controller.signal }).catch(() => {});
  }, delayMs);
  timer.unref();
  return () => {
    clearTimeout(timer);
    controller.abort();
  };
};
