import type { PriceTable } from '@hotpath/runtime';
import type { Content, EventStoreThread, ListedEvent } from '@hotpath/runtime/telemetry';
import { AdminFault, refuse } from '../routes/admin-error.ts';
import { findContent } from './content.ts';
import type { ContentEntryView, RequestDetailView, RequestsView, StageView } from './contract.ts';
import { inTime } from './patience.ts';
import type { RangeQuery } from './read-query.ts';
import { firstTokenIn, type RecordedRequest, requestView, savedView } from './request-view.ts';
import { requestCosts } from './token-costs.ts';

type Ask = EventStoreThread['ask'];

const recordedOf = ({ id, atMs, names, figures, texts }: ListedEvent): RecordedRequest => ({
  event: String(id),
  at: atMs,
  requestId: texts.request_id,
  nameOf: (dimension) => names[dimension] ?? '',
  figureOf: (figure) => figures[figure],
});

export interface PageQuery extends RangeQuery {
  readonly limit: number;
  /** Of the last event of the page before. */
  readonly before: number | undefined;
  /** The beginning of a request's id. */
  readonly search: string | undefined;
}

export const listRequests = async (
  ask: Ask,
  { fromMs, toMs, where, limit, before, search }: PageQuery,
): Promise<RequestsView> => {
  const range = { fromMs, toMs, where, before, textPrefix: search };
  const found = await ask('events', { kind: 'request', ...range, limit: limit + 1 });
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    version: 1,
    requests: page.map((event) => requestView(recordedOf(event))),
    next: found.length > limit && last !== undefined ? String(last.id) : null,
  };
};

/** Within a millisecond, events have numbers. */
const idsPerMs = 1024;
/** A call to a provider may end after the request that it was made for. */
const lateMs = 60_000;
const dayMs = 86_400_000;
/** How long a request waits for what was captured of it. */
const contentMs = 2_000;

const stagesOf = (recorded: RecordedRequest, attempts: readonly ListedEvent[]): readonly StageView[] => {
  const { at, figureOf } = recorded;
  const durationMs = (figureOf('duration') ?? 0) / 1000;
  const beganAt = at - durationMs;
  let passedMs = 0;
  const early = (['routed', 'looked_up', 'queued'] as const).flatMap((figure, index): StageView[] => {
    const taken = figureOf(figure);
    if (taken === undefined) return [];
    const stage = { stage: ['route', 'cache', 'queue'][index] ?? figure, fromMs: passedMs, durationMs: taken / 1000 };
    passedMs += stage.durationMs;
    return [stage];
  });
  // Events are a millisecond apart from when they happened: no call is made before it is known that the cache has nothing.
  const soonestMs = ['route', 'cache'].reduce(
    (sum, stage) => sum + (early.find((each) => each.stage === stage)?.durationMs ?? 0),
    0,
  );
  const calls = [...attempts].reverse().map(({ atMs, names, figures }): StageView => {
    const took = (figures.duration ?? 0) / 1000;
    return {
      stage: 'attempt',
      fromMs: Math.max(soonestMs, atMs - took - beganAt),
      durationMs: took,
      provider: names.provider ?? '',
      model: names.model ?? '',
      ...(names.cause && { cause: names.cause }),
      outcome: names.outcome ?? '',
      ...(figures.status !== undefined && { status: figures.status }),
      ...(names.code && { code: names.code }),
    };
  });
  const firstToken = firstTokenIn(recorded);
  if (firstToken === undefined) return [...early, ...calls];
  const firstTokenMs = firstToken / 1000;
  return [
    ...early,
    ...calls,
    { stage: 'first-token', fromMs: 0, durationMs: firstTokenMs },
    { stage: 'stream', fromMs: firstTokenMs, durationMs: Math.max(0, durationMs - firstTokenMs) },
  ];
};

/** By its event, or the newest that has it as its id: among those of the last day first, which is soon looked through. */
const findEvent = async (ask: Ask, name: string, nowMs: number): Promise<ListedEvent | undefined> => {
  const id = /^\d+$/.test(name) ? Number(name) : Number.NaN;
  if (Number.isSafeInteger(id)) {
    const atMs = Math.floor(id / idsPerMs);
    const [found] = await ask('events', { kind: 'request', fromMs: atMs, toMs: atMs + 1, before: id + 1, limit: 1 });
    if (found?.id === id) return found;
  }
  const within = async (fromMs: number, toMs: number): Promise<ListedEvent | undefined> =>
    (await ask('events', { kind: 'request', fromMs, toMs, text: name, limit: 1 }))[0];
  return (await within(nowMs - dayMs, nowMs + 1)) ?? (await within(0, nowMs - dayMs));
};

/** What was captured of a request. What cannot be read of it, or takes long, is no reason to show nothing. */
const contentOf = (
  content: Content | undefined,
  { requestId, at }: RecordedRequest,
): Promise<ContentEntryView | null> =>
  requestId === undefined
    ? Promise.resolve(null)
    : inTime(findContent(content, { requestId, atMs: at }), contentMs, () => null).catch(() => null);

/** One request with its stages. `nameOf`: of a key by its id. */
export const findRequest = async (
  ask: Ask,
  content: Content | undefined,
  name: string,
  prices: PriceTable,
  nowMs: number,
  nameOf: (key: string) => string | undefined = () => undefined,
): Promise<RequestDetailView> => {
  const found = await findEvent(ask, name, nowMs);
  if (found === undefined)
    throw new AdminFault(
      refuse(
        404,
        'DASHBOARD_NO_REQUEST',
        'There is no such request among those that are kept. It may be too old, or not written yet: that takes a second.',
      ),
    );
  const atMs = found.atMs;
  const recorded = recordedOf(found);
  const fromMs = Math.floor(atMs - (recorded.figureOf('duration') ?? 0) / 1000);
  const attempts =
    recorded.requestId === undefined
      ? []
      : await ask('events', { kind: 'attempt', fromMs, toMs: atMs + lateMs, text: recorded.requestId });
  const request = requestView(recorded);
  return {
    version: 1,
    request,
    keyName: nameOf(request.key) ?? null,
    ...requestCosts(prices, request),
    savedUsd: savedView(recorded),
    estimatedUsd: (recorded.figureOf('estimated') ?? 0) / 1e6,
    stages: stagesOf(recorded, attempts),
    content: {
      isCapturing: content?.isCapturing === true,
      entry: await contentOf(content, recorded),
    },
  };
};
