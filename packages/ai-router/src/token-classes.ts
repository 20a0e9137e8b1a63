import type { Usage } from './wire-format.ts';

/** Tokens by what they are billed as. No token is in two classes. */
export interface TokenClasses {
  /** Input at the full price: neither read from a prompt cache nor written to one. */
  readonly input: number;
  /** Input read from the provider's prompt cache. */
  readonly cachedInput: number;
  /** Input written to the prompt cache at its shortest lifetime (Anthropic's five minutes). */
  readonly cacheWrite: number;
  /** Input written to the prompt cache for longer (Anthropic's hour). */
  readonly longCacheWrite: number;
  /** Output that is not reasoning. */
  readonly output: number;
  readonly reasoning: number;
}

export interface ClassifiedTokens {
  readonly tokens: TokenClasses;
  /** The provider's counts contradict each other (more read from the cache than was sent) or are not counts at all. */
  readonly inconsistent: boolean;
}

/**
 * Splits usage into classes that do not overlap: input classes sum to `inputTokens`, output classes to `outputTokens`.
 * What contradicts the totals is cut to fit them, never added to the bill, and flagged. Providers do report such counts,
 * and a subtraction without this bills a negative number of tokens.
 */
export function classifyTokens(usage: Usage): ClassifiedTokens {
  let inconsistent = false;
  const within = (reported: number | undefined, most: number): number => {
    if (reported === undefined) return 0;
    const counted = Number.isFinite(reported) ? Math.min(Math.max(0, reported), most) : 0;
    if (counted !== reported) inconsistent = true;
    return counted;
  };
  const input = within(usage.inputTokens, Number.MAX_SAFE_INTEGER);
  const output = within(usage.outputTokens, Number.MAX_SAFE_INTEGER);
  const cachedInput = within(usage.cachedInputTokens, input);
  const written = within(usage.cacheWriteTokens, input - cachedInput);
  const longCacheWrite = within(usage.longCacheWriteTokens, written);
  const reasoning = within(usage.reasoningTokens, output);
  return {
    tokens: {
      input: input - cachedInput - written,
      cachedInput,
      cacheWrite: written - longCacheWrite,
      longCacheWrite,
      output: output - reasoning,
      reasoning,
    },
    inconsistent,
  };
}
