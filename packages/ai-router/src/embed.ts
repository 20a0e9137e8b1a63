import type { AnswerShelf } from './answer-shelf.ts';
import { askWhole } from './ask-whole.ts';
import { costOf, type PriceTable } from './cost.ts';
import { runAll, shareTokens, splitTexts } from './embed-calls.ts';
import { aborted, requestInvalid } from './errors.ts';
import type { CacheMode, Exchange } from './exchange.ts';
import type { Exchanger } from './exchanger.ts';
import { readVectors, writeVector } from './formats/vectors.ts';
import { answerKey } from './key.ts';
import type { OperationRoutes } from './operation-route.ts';
import type { Route } from './route.ts';
import type { Routes } from './routes.ts';
import type { SavingsLedger } from './savings.ts';
import type { JsonObject, Usage } from './wire-format.ts';

/** Texts to embed. */
export interface EmbedOptions {
  /** `provider/model`, a bare model name, an alias or a route. */
  readonly model: string;
  /** None of them empty: providers refuse those. */
  readonly input: string | readonly string[];
  /** Length of the vectors, where the model can be told. */
  readonly dimensions?: number;
  /** Texts in one call; all providers that we know of take so many. @default 96 */
  readonly inputsPerCall?: number;
  /** Calls in flight at once. @default 4 */
  readonly concurrency?: number;
  /** @default "use" */
  readonly cache?: CacheMode;
  /** Whose vectors these are; see `Exchange.tenant`. */
  readonly tenant?: string;
  /** What asks, such as the name of an agent, for what is announced of it. */
  readonly agent?: string;
  readonly signal?: AbortSignal;
}

export interface EmbedResult {
  /** A vector for each text, in their order. */
  readonly embeddings: readonly (readonly number[])[];
  /** Who made the vectors. */
  readonly provider: string;
  readonly model: string;
  /** Texts whose vectors were in the cache, or that came twice: nothing was paid for them. */
  readonly reused: number;
  /** Tokens that providers billed; absent where one of them did not tell. */
  readonly usage?: Usage;
  /** US dollars; absent for a model without a price. */
  readonly costUsd?: number;
  readonly latencyMs: number;
}

export interface EmbedContext {
  readonly exchanger: Exchanger;
  readonly routes: Routes;
  readonly operationRoutes: OperationRoutes;
  readonly shelf: AnswerShelf | undefined;
  readonly savings: SavingsLedger;
  readonly prices: PriceTable;
}

/** A vector as it was stored or has just been made. */
interface Made {
  readonly vector: readonly number[];
  readonly provider: string;
  readonly model: string;
}

/**
 * Embeds texts in as few calls as it takes, and rejects with a `RouterError` where one of them fails. Each vector is cached
 * by its own text, since it depends on nothing else: texts that were embedded before are not sent again whatever comes with
 * them now, and after a failure only the rest is asked for. A single text shares its entry with requests to the gateway.
 */
export async function embed(context: EmbedContext, options: EmbedOptions): Promise<EmbedResult> {
  const startedAt = performance.now();
  const { signal, inputsPerCall = 96, concurrency = 4 } = options;
  const texts = readOptions(options, { inputsPerCall, concurrency });
  if (signal?.aborted) throw aborted(signal.reason);
  const found = await context.routes.resolve(options.model);
  const route = context.operationRoutes.of(found, 'openai-embeddings') as Route;
  const unique = [...new Set(texts)];
  const made = new Map<string, Made>();
  const keyOf = (text: string): string | undefined =>
    context.shelf && options.cache !== 'off'
      ? answerKey(exchangeFor(options, bodyFor(options, text)), route.identity)
      : undefined;
  if (options.cache !== 'refresh') await recall(context, unique, keyOf, made, options.tenant);

  const missing = unique.filter((text) => !made.has(text));
  const bills = await runAll(splitTexts(missing, inputsPerCall), { concurrency, signal }, async (batch, stop) => {
    const [only] = batch;
    const alone = batch.length === 1 && only !== undefined;
    const askedAt = performance.now();
    // One text alone is what others may ask for at the same moment, and what the exchanger stores by itself.
    const exchange = exchangeFor(options, bodyFor(options, alone ? only : batch), alone ? options.cache : 'off');
    const { head, body } = await askWhole(context.exchanger, exchange, stop);
    const vectors = readVectors(body, batch.length);
    const { provider, model, usage } = head;
    const shares = usage && shareTokens(usage.inputTokens, batch);
    for (const [index, text] of batch.entries()) {
      const vector = vectors[index] as readonly number[];
      made.set(text, { vector, provider, model });
      const key = alone ? undefined : keyOf(text);
      if (key === undefined) continue;
      const share: Usage | undefined = shares && { inputTokens: shares[index] ?? 0, outputTokens: 0 };
      context.shelf?.set(key, {
        contentType: 'application/json',
        provider,
        model,
        ...(share && { usage: share }),
        body: writeVector(vector, model, share?.inputTokens),
        costUsd: share && costOf(context.prices, model, share, { provider }),
        loadMs: performance.now() - askedAt,
        origin: options.cache === 'refresh' ? 'set' : 'load',
      });
    }
    const isPaid = head.cache === 'miss' || head.cache === 'bypass';
    return { isPaid, usage: isPaid ? usage : nothing, costUsd: head.costUsd ?? (isPaid ? undefined : 0), batch };
  });

  const first = made.get(texts[0] as string) as Made;
  const paid = bills.filter(({ isPaid }) => isPaid);
  const usage = bills.every((bill) => bill.usage) ? sumOf(bills.map((bill) => bill.usage as Usage)) : undefined;
  const isPriced = bills.every(({ costUsd }) => costUsd !== undefined);
  return {
    embeddings: texts.map((text) => (made.get(text) as Made).vector),
    provider: first.provider,
    model: first.model,
    reused: texts.length - paid.reduce((sum, { batch }) => sum + batch.length, 0),
    ...(usage && { usage }),
    ...(isPriced && { costUsd: bills.reduce((sum, { costUsd = 0 }) => sum + costUsd, 0) }),
    latencyMs: performance.now() - startedAt,
  };
}

function readOptions(
  { input, model }: EmbedOptions,
  { inputsPerCall, concurrency }: { inputsPerCall: number; concurrency: number },
): readonly string[] {
  for (const [name, value] of Object.entries({ inputsPerCall, concurrency })) {
    if (!Number.isInteger(value) || value < 1)
      throw requestInvalid(`"${name}" must be a whole number of at least 1.`, name);
  }
  if (typeof model !== 'string' || model === '') {
    throw requestInvalid('"model" must name a model that makes embeddings.', 'model');
  }
  const texts = typeof input === 'string' ? [input] : input;
  const isText = Array.isArray(texts) && texts.length > 0 && texts.every((text) => typeof text === 'string' && text);
  if (!isText) throw requestInvalid('"input" must be a text or a list of texts, none of them empty.', 'input');
  return texts;
}

/** In base64, as OpenAI's SDKs ask: a quarter of the bytes of numbers in JSON. Who knows only numbers sends those. */
const bodyFor = ({ model, dimensions }: EmbedOptions, input: string | readonly string[]): JsonObject => ({
  model,
  input,
  encoding_format: 'base64',
  ...(dimensions !== undefined && { dimensions }),
});

const exchangeFor = ({ tenant, agent }: EmbedOptions, body: JsonObject, cache: CacheMode = 'use'): Exchange => ({
  protocol: 'openai-embeddings',
  body,
  cache,
  ...(tenant !== undefined && { tenant }),
  ...(agent !== undefined && { agent }),
});

/** Finds what was embedded before. */
async function recall(
  { shelf, savings }: EmbedContext,
  texts: readonly string[],
  keyOf: (text: string) => string | undefined,
  made: Map<string, Made>,
  tenant = 'default',
): Promise<void> {
  const saved = new Map<string, { readonly provider: string; readonly model: string; readonly usages: Usage[] }>();
  await Promise.all(
    texts.map(async (text) => {
      const key = keyOf(text);
      const kept = key === undefined ? undefined : (shelf?.peek(key) ?? (await shelf?.get(key)));
      if (!kept) return;
      const { provider, model, usage, body } = kept;
      made.set(text, { vector: readVectors(body, 1)[0] as readonly number[], provider, model });
      if (!usage) return;
      const target = `${provider}/${model}`;
      const known = saved.get(target);
      if (known) known.usages.push(usage);
      else saved.set(target, { provider, model, usages: [usage] });
    }),
  );
  for (const { usages, ...target } of saved.values()) {
    savings.record({ tenant, ...target, usage: sumOf(usages), source: 'cache' });
  }
}

const nothing: Usage = { inputTokens: 0, outputTokens: 0 };

const sumOf = (usages: readonly Usage[]): Usage => ({
  inputTokens: usages.reduce((sum, { inputTokens }) => sum + inputTokens, 0),
  outputTokens: 0,
});
