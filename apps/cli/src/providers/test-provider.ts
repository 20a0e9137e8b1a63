import type { Hotpath, MergedProvider, Plan } from '@hotpath/runtime';
import { describeError } from '../errors.ts';
import { roundUsd } from '../figures.ts';
import { cheapestModel } from './cheapest-model.ts';
import { type Access, describeAccess } from './describe-access.ts';

interface Failure {
  readonly code: string;
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
}

/** How a provider answered. */
export interface Trial extends Access {
  readonly ok: boolean;
  /** Until its list of models was there, milliseconds. */
  readonly latencyMs: number | null;
  /** How many it lists; null where it has no list. */
  readonly models: number | null;
  /** One token of one model. */
  readonly asked: { readonly model: string; readonly latencyMs: number; readonly costUsd: number | null } | null;
  readonly error: Failure | null;
}

export interface TrialOptions {
  readonly plan: Plan;
  /** Whether to ask its cheapest model for one token. */
  readonly asks: boolean;
  /** For each of the two calls, milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const fixFor = (status: number | undefined, { id, source, address, key }: Access): string => {
  const where = source === 'configuration' ? `providers.${id} in the configuration` : source;
  if (status === 401 || status === 403) {
    return key === null
      ? `Set a key: providers.${id}.apiKey, or the variable that its SDK reads.`
      : `Correct the key that begins with ${key} (${where}), or what it may do, in the provider's console.`;
  }
  if (status === 404) return `Correct the base URL ${address} (${where}); it usually ends in /v1.`;
  if (status === 402 || status === 429) return "Wait, or look at the limits and the balance in the provider's console.";
  if (status !== undefined && status >= 500 && status !== 502 && status !== 504) {
    return "Try again, or look at the provider's status page.";
  }
  return `Check the address ${address} (${where}), the network and the proxy: curl -sS ${address}`;
};

/** The same plan with one provider, and without what would open files or answer in its stead. */
const aloneWith = (plan: Plan, provider: MergedProvider): Plan => {
  const { defaultModel: _, limits: __, ...config } = plan.config;
  // Models that are named spare the question for the list, which is what is to be asked here.
  const { models: ___, ...settings } = provider.config as typeof provider.config & {
    readonly models?: readonly string[];
  };
  return {
    ...plan,
    providers: [{ ...provider, config: settings }],
    guests: [],
    config: {
      ...config,
      aliases: {},
      routes: {},
      cache: { ...config.cache, enabled: false },
      economy: { ...config.economy, enabled: false },
    },
  };
};

const statusOf = (error: unknown): number | undefined => {
  const { status } = error as { readonly status?: unknown };
  return typeof status === 'number' ? status : undefined;
};

const ask = async (
  hotpath: Hotpath,
  models: Awaited<ReturnType<Hotpath['router']['models']>>['models'],
  { timeoutMs, signal }: TrialOptions,
): Promise<NonNullable<Trial['asked']>> => {
  const model = await cheapestModel(models, hotpath.prices);
  if (model === undefined) throw new Error('it lists no model that could be asked.');
  const startedAt = performance.now();
  const { costUsd } = await hotpath.router.query({
    model: model.id,
    prompt: 'Say ok.',
    maxTokens: 1,
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  });
  return {
    model: model.model,
    latencyMs: Math.round(performance.now() - startedAt),
    costUsd: costUsd === undefined ? null : roundUsd(costUsd),
  };
};

/** Calls one provider. Rejects only where it cannot be assembled at all. */
export const testProvider = async (provider: MergedProvider, options: TrialOptions): Promise<Trial> => {
  const access = describeAccess(provider);
  const { composeHotpath } = await import('@hotpath/runtime');
  const hotpath = await composeHotpath(aloneWith(options.plan, provider), {
    warmCache: false,
    listTimeoutMs: options.timeoutMs,
  });
  const trial = { ...access, ok: true, latencyMs: null, models: null, asked: null, error: null };
  const failed = (error: unknown): Trial => ({
    ...trial,
    ok: false,
    error: { ...describeError(error), fix: fixFor(statusOf(error), access) },
  });
  try {
    const startedAt = performance.now();
    const { models, failures } = await hotpath.router.models();
    const latencyMs = Math.round(performance.now() - startedAt);
    const error = failures[0]?.error;
    const named = ('models' in provider.config && provider.config.models) || [];
    // Whoever has no list is asked by the names that the configuration has for that reason.
    const isListless = error !== undefined && named.length > 0 && [404, 405, 501].includes(error.status);
    if (error !== undefined && !isListless) return { ...failed(error), latencyMs };
    const known = isListless
      ? named.map((model) => ({ id: `${provider.id}/${model}`, provider: provider.id, model }))
      : models;
    const listed = { ...trial, latencyMs, models: isListless ? null : models.length };
    if (!options.asks) return listed;
    try {
      return { ...listed, asked: await ask(hotpath, known, options) };
    } catch (cause) {
      return { ...listed, ...failed(cause), latencyMs, models: listed.models };
    }
  } finally {
    await hotpath.close();
  }
};
