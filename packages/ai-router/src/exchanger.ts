import type { CachedAnswer } from './answer.ts';
import type { AnswerShelf } from './answer-shelf.ts';
import { type CachePolicy, cacheMode } from './cache-policy.ts';
import { conduct } from './conductor.ts';
import type { PriceTable } from './cost.ts';
import { answerEstimate, withEstimate } from './count-estimate.ts';
import { createDepartures } from './departures.ts';
import { createArrivals } from './economy/arrivals.ts';
import { createBoarding } from './economy/boarding.ts';
import type { EconomyView } from './economy/economy-view.ts';
import { createEconomyLane } from './economy/lane.ts';
import { markedBodies } from './economy/marked-bodies.ts';
import type { EconomySettings } from './economy/options.ts';
import { asRouterError, routerClosed } from './errors.ts';
import { channels } from './events.ts';
import type { AnswerSink, Exchange, Ticket } from './exchange.ts';
import { createFlight, type Flight } from './flight.ts';
import { readEmbeddingsRequest } from './formats/embeddings.ts';
import { formats } from './formats/index.ts';
import { answerKey } from './key.ts';
import type { LongestAnswers } from './longest-answers.ts';
import type { Target } from './models.ts';
import { observeExchange, underObservation } from './observe-exchange.ts';
import type { OperationRoutes } from './operation-route.ts';
import { pendingTicket, settled } from './pending-ticket.ts';
import { createPricing } from './pricing.ts';
import type { BatchPlanner } from './prompt-cache/batch-planner.ts';
import type { PromptCachePlanner } from './prompt-cache/planner.ts';
import { promptCacheOf } from './prompt-cache/request.ts';
import type { Provider, Timeouts } from './provider.ts';
import { admit, admitToLane, choicesOf, contextOf, type RequestLimits } from './request-context.ts';
import type { Route, RouteCandidate } from './route.ts';
import type { Routes } from './routes.ts';
import type { SavingsLedger } from './savings.ts';
import type { HashPrompt } from './shape/prompt-hashes.ts';
import { toldOf } from './told-answer.ts';

export interface ExchangerOptions {
  readonly routes: Routes;
  readonly limits?: RequestLimits;
  readonly longest: LongestAnswers;
  readonly shelf?: AnswerShelf;
  readonly operationRoutes: OperationRoutes;
  readonly policy: Required<CachePolicy>;
  readonly timeouts: Timeouts;
  readonly planner?: PromptCachePlanner;
  readonly batchPlanner?: BatchPlanner;
  readonly savings: SavingsLedger;
  readonly providers: readonly Provider[];
  /** Absent: every request is asked live. */
  readonly economy?: EconomySettings;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly prices: PriceTable;
  /** Absent: prompts are not told apart. */
  readonly hashPrompt?: HashPrompt;
}

/** Answers exchanges: from the cache, from a call already in flight, or by calling a provider. */
export interface Exchanger {
  /** Never throws: everything that goes wrong reaches `sink.fail`. */
  answer(exchange: Exchange, sink: AnswerSink): Ticket;
  /** Goes on with batches that were left behind. */
  resume(): void;
  economy(): EconomyView | undefined;
  close(): void;
}

export function createExchanger(options: ExchangerOptions): Exchanger {
  const {
    routes,
    operationRoutes,
    limits,
    longest,
    shelf,
    policy,
    timeouts,
    planner,
    batchPlanner,
    savings,
    now,
    prices,
    providers,
    economy,
    hashPrompt,
  } = options;
  const departures = createDepartures();
  let closed = false;

  const priced = createPricing(prices);

  const lane =
    economy &&
    createEconomyLane({
      settings: economy,
      providers,
      ...createArrivals({
        shelf,
        savings,
        planner: batchPlanner,
        costOf: (model, usage, provider) => priced(model, usage, provider, 'batch'),
      }),
      prepare: batchPlanner && markedBodies(batchPlanner),
      report: (event) => {
        if (channels.economy.hasSubscribers) channels.economy.publish(event);
      },
    });

  const hit = (answer: CachedAnswer, sink: AnswerSink, tenant = 'default'): Ticket => {
    const { provider, model, usage, contentType } = answer;
    if (usage) savings.record({ tenant, provider, model, usage, source: 'cache' });
    sink.whole(
      {
        status: 200,
        contentType,
        headers: {},
        provider,
        model,
        cache: 'hit',
        costUsd: 0,
        ...toldOf(answer),
      },
      answer.body,
    );
    return settled;
  };

  /** Asks for an answer. Others may join where `joinKey` is given; the answer is stored where `storeKey` is. */
  const depart = ({ exchange, route }: Journey, storeKey: string | undefined, joinKey: string | undefined): Flight => {
    const flight = createFlight({
      // What is neither to be stored, nor joined, nor continued is not kept at all.
      maxBytes:
        joinKey === undefined && (storeKey === undefined || !shelf) && !mayContinue(route) ? 0 : policy.maxAnswerBytes,
      onClose: () => leaveBoard(),
    });
    const leaveBoard = departures.add(flight, joinKey);
    const departedAt = performance.now();
    flight.tellLane(exchange.onLane);
    try {
      const context = contextOf(exchange, route, limits !== undefined);
      const control = conduct({
        exchange,
        route,
        context,
        flight,
        ...boundsOf(exchange, timeouts, policy.maxAnswerBytes),
        costOf: priced,
        promptCache: planner && promptCacheOf(planner, exchange, now),
        economy:
          lane && exchange.deadlineAt !== undefined
            ? createBoarding({
                lane,
                exchange,
                storeKey,
                shared: joinKey !== undefined,
                admit:
                  limits && exchange.limits
                    ? () => admitToLane(limits, exchange, { target: firstOf(route) }, context, longest)
                    : undefined,
              })
            : undefined,
        onUsage: (candidate, usage, by) => {
          const { provider, model } = candidate.target;
          const spent = { tenant: exchange.tenant ?? 'default', provider: provider.id, model, usage };
          longest.note(provider.id, model, usage.outputTokens / choicesOf(exchange.body));
          // What a batch answered was recorded when it came.
          if (by === 'live') savings.record({ ...spent, source: 'provider' });
          for (let count = flight.coalesced(); count > 0; count -= 1)
            savings.record({ ...spent, source: 'coalescing' });
        },
        onDiscarded: (candidate, usage) =>
          savings.record({
            tenant: exchange.tenant ?? 'default',
            provider: candidate.target.provider.id,
            model: candidate.target.model,
            usage,
            source: 'provider',
            discarded: true,
          }),
        admit: limits && ((candidate) => admit(limits, exchange, candidate, context, longest)),
        onComplete:
          storeKey === undefined || !shelf
            ? undefined
            : ({ candidate, contentType, body, lane: by, ...told }) => {
                const { provider, model } = candidate.target;
                const { usage } = told;
                shelf.set(storeKey, {
                  contentType,
                  provider: provider.id,
                  model,
                  ...toldOf(told),
                  body,
                  costUsd: usage && priced(model, usage, provider.id, by),
                  loadMs: performance.now() - departedAt,
                  origin: joinKey === undefined ? 'set' : 'load',
                });
              },
      });
      flight.attach(control);
    } catch (error) {
      leaveBoard();
      throw error;
    }
    return flight;
  };

  /** Takes a journey to its answer at once, or returns the promise of its ticket where a slower tier must be asked. */
  const travel = (journey: Journey, taker: AnswerSink, isGone: () => boolean): Ticket | Promise<Ticket> => {
    const { exchange, route } = journey;
    const { stages } = exchange;
    if (journey.isEstimated) {
      answerEstimate(exchange, firstOf(route), taker);
      return settled;
    }
    const isCount = formats[exchange.protocol].operation === 'count-tokens';
    const sink = isCount ? withEstimate(taker, exchange, firstOf(route)) : taker;
    const mode = cacheMode(exchange, policy.temperature);
    const key = mode === 'off' ? undefined : safeKey(exchange, route);
    if (key !== undefined) journey.key = key;
    if (key === undefined) return depart(journey, undefined, undefined).join(sink, 'bypass');
    if (mode === 'refresh') return depart(journey, key, undefined).join(sink, 'bypass');

    const board = (): Ticket => {
      const inFlight = departures.find(key);
      if (inFlight) {
        const ticket = inFlight.join(sink, 'coalesced');
        // It may have been going to wait longer than this one can.
        inFlight.hasten(exchange.deadlineAt ?? 0);
        inFlight.tellLane(exchange.onLane);
        return ticket;
      }
      return depart(journey, key, key).join(sink, shelf ? 'miss' : 'bypass');
    };
    if (!shelf) return board();
    const lookedUpAt = stages ? performance.now() : 0;
    const looked = (): void => {
      if (stages) stages.cacheMs = performance.now() - lookedUpAt;
    };
    const live = shelf.peek(key);
    const go = (answer: CachedAnswer | undefined): Ticket => {
      if (isGone()) return settled;
      looked();
      return answer ? hit(answer, sink, exchange.tenant) : board();
    };
    if (live || departures.find(key)) return go(live);
    const kept = shelf.get(key);
    return kept instanceof Promise ? kept.then(go) : go(kept);
  };

  const observed = (
    journey: Journey,
    sink: AnswerSink,
    startedAt: number,
    isGone: () => boolean,
  ): Ticket | Promise<Ticket> => {
    const { exchange, route } = journey;
    const hashes = hashPrompt && (() => hashPrompt(exchange, journey.key, () => safeKey(exchange, route)));
    const observation = observeExchange(exchange, firstOf(route), sink, { startedAt, costOf: priced, hashes });
    if (!observation) return travel(journey, sink, isGone);
    return underObservation(observation, isGone, (watched) => travel(journey, watched, isGone));
  };

  /** Fails a request that nobody could be found for. */
  const refuse = (exchange: Exchange, sink: AnswerSink, startedAt: number, error: unknown): void => {
    const hashes = hashPrompt && (() => hashPrompt(exchange, undefined, () => undefined));
    const observation = observeExchange(exchange, undefined, sink, { startedAt, costOf: priced, hashes });
    (observation?.sink ?? sink).fail(asRouterError(error));
  };

  const take = (
    exchange: Exchange,
    sink: AnswerSink,
    startedAt: number,
    isGone: () => boolean,
  ): Ticket | Promise<Ticket> => {
    if (closed) throw routerClosed();
    if (formats[exchange.protocol].operation === 'embeddings') readEmbeddingsRequest(exchange.body);
    const go = (found: Route): Ticket | Promise<Ticket> => {
      if (isGone()) return settled;
      if (exchange.stages) exchange.stages.routeMs = performance.now() - startedAt;
      const route = operationRoutes.of(found, exchange.protocol);
      return observed({ exchange, route: route ?? found, isEstimated: !route }, sink, startedAt, isGone);
    };
    const route = routes.resolve(exchange.body.model as string | undefined, exchange);
    return route instanceof Promise ? route.then(go) : go(route);
  };

  return {
    answer(exchange, sink) {
      const startedAt = performance.now();
      let left = false;
      try {
        const ticket = take(exchange, sink, startedAt, () => left);
        if (!(ticket instanceof Promise)) return ticket;
        return pendingTicket(
          ticket,
          (error) => refuse(exchange, sink, startedAt, error),
          () => {
            left = true;
          },
        );
      } catch (error) {
        refuse(exchange, sink, startedAt, error);
        return settled;
      }
    },
    resume: () => lane?.resume(),
    economy: () => lane?.view(),
    close() {
      closed = true;
      lane?.close();
      for (const flight of departures.all()) flight.fail(routerClosed());
    },
  };
}

/** Whether a stream that breaks off could be gone on with, for which it must be known how far it came. */
const mayContinue = ({ candidates }: Route): boolean => candidates.length > 1 || candidates[0]?.continues !== undefined;

/** A request that knows who may answer it. */
interface Journey {
  readonly exchange: Exchange;
  readonly route: Route;
  /** Nobody can be asked: the answer is our own estimate. */
  readonly isEstimated: boolean;
  /** By which the cache was asked. */
  key?: string;
}

/** An answer of 2,048 vectors of 3,072 numbers in JSON has about 135 MB. */
const mostVectorBytes = 268_435_456;
/** How long a count is waited for: an estimate is at hand. */
const countMs = 10_000;

/** How long to wait for an answer, and how large it may be. */
function boundsOf(
  { protocol }: Exchange,
  timeouts: Timeouts,
  maxAnswerBytes: number,
): { readonly timeouts: Timeouts; readonly maxAnswerBytes: number } {
  const { operation } = formats[protocol];
  if (operation === 'embeddings') return { timeouts, maxAnswerBytes: Math.max(maxAnswerBytes, mostVectorBytes) };
  if (operation === 'chat') return { timeouts, maxAnswerBytes };
  const totalMs = timeouts.totalMs > 0 ? Math.min(timeouts.totalMs, countMs) : countMs;
  return { timeouts: { ...timeouts, totalMs }, maxAnswerBytes };
}

function safeKey(exchange: Exchange, { identity }: Route): string | undefined {
  try {
    return answerKey(exchange, identity);
  } catch {
    // Nested deeper than the stack: such a request is answered, never cached.
    return undefined;
  }
}

const firstOf = ({ candidates }: Route): Target => (candidates[0] as RouteCandidate).target;
