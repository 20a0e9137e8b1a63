import type { Collector } from '../../src/collector/collector.ts';
import { attemptKind } from '../../src/kinds/attempt.ts';
import { lookupKind } from '../../src/kinds/cache.ts';
import { refusalKind } from '../../src/kinds/refusal.ts';
import { requestKind } from '../../src/kinds/request.ts';
import { normalOf, seeded } from './random.ts';

export interface TrafficOptions {
  readonly requests: number;
  /** Milliseconds since 1970. */
  readonly fromMs: number;
  /** @default 7 */
  readonly days?: number;
  /** The same traffic for the same seed. @default 1 */
  readonly seed?: number;
  /** By what the times of providers are multiplied. @default 1 */
  readonly slowness?: number;
  /** Share of calls that fail. @default 0.012 */
  readonly failing?: number;
  /** Share of requests that were asked before. @default 0.45 */
  readonly repeating?: number;
}

/** Dollars for a million tokens, and how the model answers. */
interface Model {
  readonly provider: string;
  readonly model: string;
  readonly inputUsd: number;
  readonly outputUsd: number;
  readonly firstTokenMs: number;
  readonly tokensPerSecond: number;
}

const models: readonly Model[] = [
  { provider: 'openai', model: 'gpt-5-mini', inputUsd: 0.25, outputUsd: 2, firstTokenMs: 420, tokensPerSecond: 110 },
  { provider: 'openai', model: 'gpt-5', inputUsd: 1.25, outputUsd: 10, firstTokenMs: 900, tokensPerSecond: 70 },
  {
    provider: 'anthropic',
    model: 'claude-haiku-4-5',
    inputUsd: 1,
    outputUsd: 5,
    firstTokenMs: 480,
    tokensPerSecond: 140,
  },
  {
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    inputUsd: 3,
    outputUsd: 15,
    firstTokenMs: 800,
    tokensPerSecond: 75,
  },
  { provider: 'xai', model: 'grok-4-fast', inputUsd: 0.2, outputUsd: 0.5, firstTokenMs: 520, tokensPerSecond: 150 },
  { provider: 'ollama', model: 'llama3.2', inputUsd: 0, outputUsd: 0, firstTokenMs: 250, tokensPerSecond: 35 },
];

/** Who asks, by which API, how often beside the others, and for which models. */
const clients = [
  { key: 'k-web', agent: 'openai-js', protocol: 'openai-chat', command: 'serve', weight: 40, models: [0, 1] },
  {
    key: 'k-agents',
    agent: 'claude-cli',
    protocol: 'anthropic-messages',
    command: 'serve',
    weight: 25,
    models: [3, 2],
  },
  { key: 'k-search', agent: 'openai-python', protocol: 'openai-chat', command: 'serve', weight: 12, models: [4, 0] },
  { key: 'k-docs', agent: 'openai-python', protocol: 'openai-responses', command: 'serve', weight: 8, models: [1, 0] },
  {
    key: 'k-nightly',
    agent: 'openai-python',
    protocol: 'openai-chat',
    command: 'serve',
    weight: 8,
    models: [0],
    lane: 'batch',
  },
  { key: '', agent: '', protocol: 'query', command: 'ask', weight: 4, models: [0, 3, 5] },
  { key: '', agent: '', protocol: 'query', command: 'batch', weight: 3, models: [4] },
] as const;

const codes = [
  ['ROUTER_UPSTREAM_STATUS', 429],
  ['ROUTER_UPSTREAM_STATUS', 503],
  ['ROUTER_TIMEOUT', 504],
  ['ROUTER_STREAM_CUT', 502],
] as const;

const dayMs = 86_400_000;
/** Events that are handed on at once. */
const lot = 10_000;

/** When the event of this place among all of a day happens, both from 0 to 1: little at midnight, most at noon. */
const timeOfDay = (place: number): number => place + (0.8 * Math.sin(2 * Math.PI * place)) / (2 * Math.PI);

/**
 * Records what a gateway of a small team would: requests, the calls made for them, lookups of the cache and refusals, in the order of
 * their times. The traffic is the same for the same options.
 */
export const recordTraffic = async (collector: Collector, options: TrafficOptions): Promise<void> => {
  const { requests, fromMs, days = 7, seed = 1, slowness = 1, failing = 0.012, repeating = 0.45 } = options;
  const random = seeded(seed);
  const recorder = collector.recorder(requestKind);
  const attempts = collector.recorder(attemptKind);
  const lookups = collector.recorder(lookupKind);
  const refusals = collector.recorder(refusalKind);
  const { dimensionAt: name, measureAt: figure } = requestKind;
  const weights = clients.reduce((sum, { weight }) => sum + weight, 0);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const around = (median: number, spread: number): number => median * Math.exp(spread * normalOf(random));

  const clientOf = (): (typeof clients)[number] => {
    const place = random() * weights;
    let until = 0;
    for (const client of clients) {
      until += client.weight;
      if (place < until) return client;
    }
    return clients[0];
  };

  const recordAttempt = (
    atMs: number,
    id: string,
    { provider, model }: Model,
    code: string,
    durationMs: number,
    cause: string,
  ) => {
    const { dimensionAt, measureAt } = attemptKind;
    attempts.names[dimensionAt.provider] = provider;
    attempts.names[dimensionAt.model] = model;
    attempts.names[dimensionAt.cause] = cause;
    attempts.names[dimensionAt.outcome] = code === '' ? 'complete' : 'failed';
    attempts.names[dimensionAt.code] = code;
    attempts.values[measureAt.duration] = durationMs * 1000;
    attempts.push(atMs, id);
  };

  const recordLookup = (atMs: number, outcome: string, tier: string): void => {
    lookups.names[lookupKind.dimensionAt.cache] = 'answers';
    lookups.names[lookupKind.dimensionAt.outcome] = outcome;
    lookups.names[lookupKind.dimensionAt.tier] = tier;
    lookups.push(atMs);
  };

  const recordRefusal = (atMs: number, id: string, protocol: string): void => {
    refusals.names[refusalKind.dimensionAt.protocol] = protocol;
    refusals.names[refusalKind.dimensionAt.code] = random() < 0.7 ? 'KEY_BUDGET_SPENT' : 'KEY_UNKNOWN';
    refusals.names[refusalKind.dimensionAt.key] = '';
    refusals.push(atMs, id);
  };

  const recordRequest = (atMs: number, number: number): void => {
    const { names, values } = recorder;
    const client = clientOf();
    const id = `req_${seed.toString(36)}${number.toString(36).padStart(6, '0')}`;
    if (random() < 0.002) recordRefusal(atMs, id, client.protocol);
    const model = models[pick(client.models)] as Model;
    const isStream = client.protocol !== 'query' && random() < 0.6;
    const isRepeat = random() < repeating;
    const isBypass = !isRepeat && random() < 0.1;
    const cache = isBypass ? 'bypass' : isRepeat ? (random() < 0.93 ? 'hit' : 'coalesced') : 'miss';
    const isFailed = cache !== 'hit' && random() < failing;
    const isLeft = !isFailed && isStream && random() < 0.01;
    const [code, status] = isFailed ? pick(codes) : (['', 200] as const);
    const input = Math.round(around(900, 1));
    const cached = client.protocol === 'anthropic-messages' ? Math.round(input * 0.6) : 0;
    const output = Math.round(around(180, 0.8));
    const firstMs = cache === 'hit' ? around(0.7, 0.5) : around(model.firstTokenMs, 0.45) * slowness;
    const durationMs = cache === 'hit' ? firstMs + 0.2 : firstMs + (output / model.tokensPerSecond) * 1000 * slowness;
    const usd = ((input - cached * 0.9) * model.inputUsd + output * model.outputUsd) / 1e6;

    if (cache !== 'bypass')
      recordLookup(atMs, cache, cache === 'hit' ? (random() < 0.7 ? 'hot' : random() < 0.6 ? 'warm' : 'disk') : '');
    names[name.protocol] = client.protocol;
    names[name.provider] = model.provider;
    names[name.model] = model.model;
    names[name.asked] = model.model;
    names[name.key] = client.key;
    names[name.agent] = client.agent;
    names[name.command] = client.command;
    names[name.outcome] = isFailed ? 'failed' : isLeft ? 'left' : 'complete';
    names[name.cache] = cache;
    names[name.lane] = 'lane' in client ? client.lane : '';
    names[name.stream] = isStream ? 'yes' : 'no';
    names[name.code] = code;
    names[name.finish] = isFailed || isLeft ? '' : random() < 0.9 ? 'stop' : 'length';
    values[figure.duration] = durationMs * 1000;
    values[figure.status] = status;
    if (cache === 'miss' || cache === 'bypass') {
      const calls = isFailed ? 2 : random() < 0.02 ? 2 : 1;
      values[figure.attempts] = calls;
      if (calls === 2) recordAttempt(atMs, id, model, code || 'ROUTER_UPSTREAM_STATUS', firstMs, '');
      recordAttempt(atMs, id, model, code, durationMs, calls === 2 ? 'retry' : '');
    }
    if (!isFailed) {
      values[figure.first_token] = firstMs * 1000;
      values[figure.input] = input - cached;
      values[figure.cached_input] = cached;
      values[figure.output] = output;
      if (isStream && cache !== 'hit') values[figure.token_rate] = model.tokensPerSecond / slowness;
      if (cache === 'hit') values[figure.saved_cache] = usd * 1e6;
      else if (cache === 'coalesced') values[figure.saved_coalescing] = usd * 1e6;
      else {
        values[figure.cost] = usd * 1e6 * ('lane' in client ? 0.5 : 1);
        if ('lane' in client) values[figure.saved_batch] = usd * 5e5;
        if (cached > 0) values[figure.saved_prompt_cache] = cached * 0.9 * model.inputUsd;
      }
    }
    recorder.push(atMs, id);
  };

  for (let number = 0; number < requests; number += 1) {
    const day = ((number + random()) / requests) * days;
    recordRequest(Math.floor(fromMs + (Math.floor(day) + timeOfDay(day % 1)) * dayMs), number);
    if (number % lot === lot - 1) await collector.flush();
  }
  await collector.flush();
};
