/** Evidence halves each hour: what was wrong with a provider's cache may have been put right. */
const halfLifeMs = 3_600_000;
const priorReads = 4;
/** No documented least length is above this; what is refused beyond it is refused for another reason. */
const mostLeastTokens = 8_192;

/** Lengths are estimates: a little more than what was refused may be what was refused. */
const margin = 1.1;

/** How far the cache does what is believed of it, by what the answers' usage says. */
export interface Trust {
  /** Share of the tokens believed to be in the cache that are, 0 to 1. */
  share(now: number): number;
  /** A request found this share of what it was believed to find. */
  found(share: number, now: number): void;
  /** So many tokens were marked, and neither written nor read. */
  refused(tokens: number, now: number): void;
  /** The least length of what is cached: the documented one, or a longer one where shorter prompts were refused. */
  leastTokens(documented: number): number;
}

export function createTrust(): Trust {
  let found = 0;
  let missed = 0;
  let since = 0;
  let refusedTokens = 0;
  const fade = (now: number): void => {
    const factor = 0.5 ** (Math.max(0, now - since) / halfLifeMs);
    found *= factor;
    missed *= factor;
    since = now;
  };
  return {
    share(now) {
      fade(now);
      return (found + priorReads) / (found + missed + priorReads);
    },
    found(share, now) {
      fade(now);
      found += share;
      missed += 1 - share;
    },
    refused(tokens, now) {
      if (tokens <= mostLeastTokens) {
        refusedTokens = Math.max(refusedTokens, tokens);
        return;
      }
      fade(now);
      missed += 1;
    },
    leastTokens: (documented) => Math.max(documented, refusedTokens * margin),
  };
}
