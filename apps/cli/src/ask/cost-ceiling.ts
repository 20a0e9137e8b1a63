import type { Hotpath, QueryOptions } from '@hotpath/runtime';
import { CliError } from '../errors.ts';
import { showCount, showUsd } from '../figures.ts';

export interface CeilingOptions {
  readonly hotpath: Hotpath;
  /** The model and its fallbacks. */
  readonly names: readonly string[];
  /** Whether all are asked at once, and all are paid. */
  readonly isRace: boolean;
  readonly query: Pick<QueryOptions, 'prompt' | 'messages' | 'system' | 'responseFormat'>;
  /** US dollars. */
  readonly maxCostUsd: number;
  /** What was asked for besides. */
  readonly maxTokens: number | undefined;
}

export interface Ceiling {
  /** Longest answer, tokens; absent where the models themselves end before. */
  readonly maxTokens: number | undefined;
  /** What is sent, tokens; an estimate. */
  readonly inputTokens: number;
  readonly inputUsd: number;
}

interface Expected {
  readonly inputUsd: number;
  readonly tokenUsd: number;
  /** Longest answer that the model gives; Infinity where nobody knows. */
  readonly longest: number;
}

/** What one model charges for so much input, and for each token of its answer. */
const expectedOf = async (hotpath: Hotpath, id: string, inputTokens: number): Promise<Expected> => {
  const { costOf, priceOf } = await import('@hotpath/runtime');
  const slash = id.indexOf('/');
  const [provider, model] = [id.slice(0, slash), id.slice(slash + 1)];
  // Where prefixes are marked, the input may be written to the provider's cache, which is the dearest it can be.
  const writes = hotpath.config.promptCache === 'off' ? {} : { cacheWriteTokens: inputTokens };
  const cost = (outputTokens: number): number | undefined =>
    costOf(hotpath.prices, model, { inputTokens, outputTokens, ...writes }, { provider });
  const [inputUsd, withOutput] = [cost(0), cost(1_000_000)];
  // The simulator takes nothing.
  if (hotpath.simulated) return { inputUsd: 0, tokenUsd: 0, longest: Number.POSITIVE_INFINITY };
  if (inputUsd === undefined || withOutput === undefined)
    throw new CliError(
      'CLI_COST_EXCEEDED',
      `what ${id} costs is not known, so that --max-cost cannot hold. Write its price into "prices" of the configuration, or leave out --max-cost.`,
    );
  const longest = priceOf(hotpath.prices, model, provider)?.maxOutputTokens ?? Number.POSITIVE_INFINITY;
  return { inputUsd, tokenUsd: (withOutput - inputUsd) / 1_000_000, longest };
};

/**
 * How long an answer may become so that it costs no more than was allowed, by the estimated length of the question and the
 * dearest of the models, or all of a race together. Throws `CLI_COST_EXCEEDED` where the question alone would cost more, or a
 * model has no price. Calls that break off and are made again come on top.
 */
export const boundCost = async (options: CeilingOptions): Promise<Ceiling> => {
  const { hotpath, names, isRace, query, maxCostUsd, maxTokens } = options;
  const { estimateInputTokens, formats } = await import('@hotpath/runtime');
  const { prompt, messages = [], system, responseFormat } = query;
  const body = formats['openai-chat'].encodeRequest({
    model: 'any',
    messages: [
      ...(system === undefined ? [] : [{ role: 'system', content: system } as const]),
      ...messages,
      ...(prompt === undefined ? [] : [{ role: 'user', content: prompt } as const]),
    ].map((message) =>
      typeof message.content === 'string'
        ? ({ ...message, content: [{ type: 'text', text: message.content }] } as never)
        : (message as never),
    ),
    ...(responseFormat && { responseFormat }),
    stream: false,
  });
  const inputTokens = estimateInputTokens('openai-chat', body);
  const lists = await Promise.all(
    names.map(async (name) => {
      const ids = await hotpath.router.targetsOf(name);
      const expected = await Promise.all(ids.map((id) => expectedOf(hotpath, id, inputTokens)));
      const together = isRace ? expected.length : hotpath.router.callsAtOnce(name);
      return sumOfDearest(expected, together);
    }),
  );
  const { inputUsd, tokenUsd, longest } = sumOfDearest(lists, isRace ? lists.length : 1);
  const affordable = tokenUsd === 0 ? Number.POSITIVE_INFINITY : Math.floor((maxCostUsd - inputUsd) / tokenUsd);
  if (inputUsd > maxCostUsd || affordable < 1)
    throw new CliError(
      'CLI_COST_EXCEEDED',
      `the question alone, about ${showCount(inputTokens)} tokens, would cost ${showUsd(inputUsd)} of the ${showUsd(maxCostUsd)} that --max-cost allows, and nothing was sent. Ask with less, name a cheaper model, or allow more.`,
    );
  const bound = Math.min(affordable, maxTokens ?? Number.POSITIVE_INFINITY);
  return { inputTokens, inputUsd, maxTokens: bound < longest ? bound : maxTokens };
};

/** So many of them together, the dearest ones. */
const sumOfDearest = (all: readonly Expected[], count: number): Expected => {
  const dearest = (charge: (one: Expected) => number): number =>
    all
      .map(charge)
      .sort((one, other) => other - one)
      .slice(0, Math.max(1, count))
      .reduce((sum, value) => sum + value, 0);
  return {
    inputUsd: dearest((one) => one.inputUsd),
    tokenUsd: dearest((one) => one.tokenUsd),
    longest: Math.max(...all.map((one) => one.longest)),
  };
};
