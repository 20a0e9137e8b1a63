import { lifetimeMs } from './cache-rules.ts';
import type { CacheLifetime } from './plan.ts';
import type { Trial } from './return-rates.ts';

/** A prefix that some request ended or went on with, and what is believed of Anthropic's cache at it. */
export interface SeenPrefix {
  sights: number;
  seenAt: number;
  /** The trial that waits for it to come again, and its part of it. */
  trial: Trial;
  part: number;
  /** The entry written at it, if any: alive until `entryUntil`, readable from `entryFrom`. */
  entryTtl: CacheLifetime;
  entryFrom: number;
  entryUntil: number;
  /** The provider has said that it is there. */
  isReported: boolean;
}

/** Prefixes of the last hour, the most recently seen of them. Nothing older can be in Anthropic's cache. */
export interface PrefixMemory {
  find(hash: string, now: number): SeenPrefix | undefined;
  /** Keeps a prefix as one of the most recently seen. A request's prefixes are to be kept together: one is of no use without those before it. */
  keep(hash: string, prefix: SeenPrefix): void;
}

/**
 * Two generations: when the younger is full the older is dropped whole and the younger takes its place. Removing entries
 * one by one from a large `Map` in the order of their use made it the most expensive part of a plan.
 */
export function createPrefixMemory(mostPrefixes: number): PrefixMemory {
  const mostYoung = Math.max(1, Math.floor(mostPrefixes / 2));
  let young = new Map<string, SeenPrefix>();
  let old = new Map<string, SeenPrefix>();
  return {
    find(hash, now) {
      const prefix = young.get(hash) ?? old.get(hash);
      return prefix && now - prefix.seenAt <= lifetimeMs['1h'] ? prefix : undefined;
    },
    keep(hash, prefix) {
      if (young.size >= mostYoung && !young.has(hash)) {
        old = young;
        young = new Map();
      }
      young.set(hash, prefix);
    },
  };
}
