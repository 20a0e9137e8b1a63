import type { requestKind } from '@hotpath/runtime/telemetry';
import type { RequestView, SavedView, TokensView } from './contract.ts';

type Dimension = (typeof requestKind.dimensionNames)[number];
type Figure = (typeof requestKind.measureNames)[number];

/** A request as it was recorded: figures that it has none of are undefined. */
export interface RecordedRequest {
  readonly event: string;
  readonly at: number;
  readonly requestId: string | undefined;
  nameOf(dimension: Dimension): string;
  figureOf(figure: Figure): number | undefined;
}

const inMs = (microseconds: number | undefined): number | null =>
  microseconds === undefined ? null : microseconds / 1000;
const inUsd = (microdollars: number | undefined): number => (microdollars ?? 0) / 1e6;

const tokensView = ({ figureOf }: Pick<RecordedRequest, 'figureOf'>): TokensView => ({
  input: figureOf('input') ?? 0,
  cachedInput: figureOf('cached_input') ?? 0,
  cacheWrite: figureOf('cache_write') ?? 0,
  output: figureOf('output') ?? 0,
  reasoning: figureOf('reasoning') ?? 0,
});

export const savedView = ({ figureOf }: Pick<RecordedRequest, 'figureOf'>): SavedView => ({
  cache: inUsd(figureOf('saved_cache')),
  coalescing: inUsd(figureOf('saved_coalescing')),
  promptCache: inUsd(figureOf('saved_prompt_cache')),
  batch: inUsd(figureOf('saved_batch')),
});

export const savedIn = ({ cache, coalescing, promptCache, batch }: SavedView): number =>
  cache + coalescing + promptCache + batch;

/** Microseconds. The first byte of a refusal is no token. */
export const firstTokenIn = ({ figureOf }: Pick<RecordedRequest, 'figureOf'>): number | undefined =>
  (figureOf('status') ?? 0) >= 400 ? undefined : figureOf('first_token');

export const requestView = (recorded: RecordedRequest): RequestView => {
  const { event, at, requestId, nameOf, figureOf } = recorded;
  const cost = figureOf('cost');
  return {
    event,
    at,
    requestId: requestId ?? null,
    protocol: nameOf('protocol'),
    provider: nameOf('provider'),
    model: nameOf('model'),
    asked: nameOf('asked'),
    key: nameOf('key'),
    agent: nameOf('agent'),
    command: nameOf('command'),
    outcome: nameOf('outcome'),
    cache: nameOf('cache'),
    lane: nameOf('lane'),
    isStream: nameOf('stream') === 'yes',
    code: nameOf('code'),
    finish: nameOf('finish'),
    status: figureOf('status') ?? null,
    attempts: figureOf('attempts') ?? null,
    durationMs: inMs(figureOf('duration')),
    firstTokenMs: inMs(firstTokenIn(recorded)),
    tokens: tokensView(recorded),
    costUsd: cost === undefined ? null : inUsd(cost),
    savedUsd: savedIn(savedView(recorded)),
  };
};
