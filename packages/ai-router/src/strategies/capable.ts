import type { Candidate, Capability, StrategyContext } from './strategy.ts';

type Needs = Pick<StrategyContext, 'inputTokens' | 'maxOutputTokens' | 'needs'>;

export interface CapableSplit {
  /** Those that can answer, as far as anybody knows, in their order. */
  readonly capable: readonly Candidate[];
  readonly leftOut: readonly { readonly candidate: Candidate; readonly reasons: readonly string[] }[];
}

/**
 * Leaves out the candidates whose context is too small for the request, or that lack something it needs, and says why.
 * What is not known of a candidate does not speak against it.
 */
export function capable(candidates: readonly Candidate[], needs: Needs): CapableSplit {
  const leftOut: { candidate: Candidate; reasons: readonly string[] }[] = [];
  const left = candidates.filter((candidate) => {
    const reasons = shortcomings(candidate, needs);
    if (reasons.length > 0) leftOut.push({ candidate, reasons });
    return reasons.length === 0;
  });
  return { capable: left, leftOut };
}

/**
 * The candidates that may take a request which was too long for `failed`: those whose context is known to be larger than
 * its own or, where that is not known, than what was estimated.
 */
export function withLargerContext(
  candidates: readonly Candidate[],
  failed: Pick<Candidate, 'contextTokens'>,
  { inputTokens }: Pick<Needs, 'inputTokens'>,
): readonly Candidate[] {
  const tooSmall = failed.contextTokens ?? inputTokens;
  return candidates.filter(({ contextTokens }) => contextTokens !== undefined && contextTokens > tooSmall);
}

const labels: Readonly<Record<Capability, string>> = {
  tools: 'tools',
  images: 'images',
  files: 'files',
  'structured-output': 'answers that fit a JSON schema',
  reasoning: 'reasoning',
};

function shortcomings({ contextTokens, capabilities }: Candidate, request: Needs): string[] {
  const { inputTokens, maxOutputTokens = 0, needs } = request;
  const tokens = inputTokens + maxOutputTokens;
  const reasons: string[] = [];
  if (contextTokens !== undefined && tokens > contextTokens) {
    reasons.push(`its context of ${contextTokens} tokens is smaller than the estimated ${tokens}`);
  }
  if (capabilities) {
    for (const need of needs) {
      if (!capabilities.includes(need)) reasons.push(`it does not support ${labels[need]}`);
    }
  }
  return reasons;
}
