import type { ModelInfo, PriceTable } from '@hotpath/runtime';

/** Names of models that answer no question. */
const otherKinds = /embed|whisper|tts|dall-e|image|moderation|audio|realtime|transcri|rerank|sora|video/i;

/** The model whose answers cost least; where no price is known, the first that looks as if it answered questions. */
export const cheapestModel = async (
  models: readonly ModelInfo[],
  prices: PriceTable,
): Promise<ModelInfo | undefined> => {
  const { costOf } = await import('@hotpath/runtime');
  const usage = { inputTokens: 1_000, outputTokens: 1_000 };
  const priced = models
    .filter(({ model }) => !otherKinds.test(model))
    .map((info) => ({
      info,
      usd: costOf(prices, info.model, usage, { provider: info.provider }) ?? Number.POSITIVE_INFINITY,
    }));
  return priced.reduce<(typeof priced)[number] | undefined>(
    (best, each) => (best === undefined || each.usd < best.usd ? each : best),
    undefined,
  )?.info;
};
