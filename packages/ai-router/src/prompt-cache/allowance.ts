/**
 * How much more than the plain bill the planner may still spend on writes, in tokens of fresh input. It starts with a
 * credit, grows by a tolerated share of every plain bill and by what reads have saved, and pays for every write. While it
 * is never negative, the whole bill is never above (1 + tolerance) x the plain bill + the credit. Without either nothing
 * could ever be saved: the first write costs more than fresh input, and only later is there a read that pays it back.
 */
export interface Allowance {
  readonly tokens: number;
  /** A request whose prompt has so many tokens is on its way, or has fewer than it was taken to have: below zero. */
  grow(promptTokens: number): void;
  /** Takes a surcharge, or gives a saving back where it is negative. */
  spend(tokens: number): void;
}

export interface AllowanceOptions {
  /** Tokens of surcharge before anything has been saved. */
  readonly creditTokens: number;
  /** Share of the plain bill. */
  readonly tolerance: number;
  /** Savings beyond this are kept, not wagered. */
  readonly mostTokens: number;
}

export function createAllowance({ creditTokens, tolerance, mostTokens }: AllowanceOptions): Allowance {
  let tokens = creditTokens;
  const most = Math.max(creditTokens, mostTokens);
  return {
    get tokens() {
      return tokens;
    },
    grow(promptTokens) {
      tokens = Math.min(most, tokens + promptTokens * tolerance);
    },
    spend(spent) {
      tokens = Math.min(most, tokens - spent);
    },
  };
}
