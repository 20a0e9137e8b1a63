const dayMs = 86_400_000;

/**
 * What marks may cost before they have paid, in tokens of fresh input. It begins with a credit, which comes back within a day
 * where it was lost, and keeps what reads have saved up to a most. Every request sets aside the whole surcharge that its marks
 * can come to before it is sent, and no saving counts before the provider has reported it. So it is never below zero, and over
 * any stretch of time the bill is above the one without marks by no more than the most and what came back of the credit; from the
 * beginning, by no more than the credit and what came back of it.
 */
export interface Allowance {
  /** What may be set aside now. */
  left(now: number): number;
  setAside(tokens: number): void;
  /** What was set aside is known to have come to `spent`: negative where reads saved more than writes cost. */
  settle(setAside: number, spent: number): void;
}

/** `creditTokens` of surcharge before anything has been saved; savings beyond `mostTokens` are kept, not wagered. */
export function createAllowance(creditTokens: number, mostTokens: number): Allowance {
  const most = Math.max(creditTokens, mostTokens);
  let tokens = creditTokens;
  let since: number | undefined;
  return {
    left(now) {
      const elapsed = Math.max(0, now - (since ?? now));
      since = Math.max(now, since ?? now);
      if (tokens < creditTokens) tokens = Math.min(creditTokens, tokens + (creditTokens * elapsed) / dayMs);
      return tokens;
    },
    setAside(setAside) {
      tokens -= setAside;
    },
    settle(setAside, spent) {
      tokens = Math.min(most, tokens + setAside - spent);
    },
  };
}
