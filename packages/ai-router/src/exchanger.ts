import { type AnswerCache, type CachedAnswer, packAnswer } from './answer.ts';
import { createAnswerTags } from './answer-tags.ts';
import { startAttempt } from './attempt.ts';
import { type CachePolicy, cacheMode } from './cache-policy.ts';
import { costOf, type PriceTable } from './cost.ts';
import { createDepartures } from './departures.ts';
import { RouterError, requestInvalid, routerClosed } from './errors.ts';
import { channels } from './events.ts';
import type { AnswerSink, Exchange, Ticket } from './exchange.ts';
import { createFlight, type Flight } from './flight.ts';
import { answerKey } from './key.ts';
import type { ModelDirectory, Target } from './models.ts';
import { observeRequest } from './observe.ts';
import type { Timeouts } from './provider.ts';
import { protocolFor, upstreamBody } from './upstream-body.ts';
import type { Protocol } from './wire-format.ts';

export interface ExchangerOptions {
  readonly directory: ModelDirectory;
  readonly cache?: AnswerCache;
  readonly policy: Required<CachePolicy>;
  readonly timeouts: Timeouts;
  readonly prices: PriceTable;
}

/** Answers exchanges: from the cache, from a call already in flight, or by calling a provider. */
export interface Exchanger {
  /** Never throws: everything that goes wrong reaches `sink.fail`. */
  answer(exchange: Exchange, sink: AnswerSink): Ticket;
  close(): void;
}

export function createExchanger(options: ExchangerOptions): Exchanger {
  const { directory, cache, policy, timeouts, prices } = options;
  const departures = createDepartures();
  const tagsOf = createAnswerTags();
  let closed = false;

  const hit = (answer: CachedAnswer, sink: AnswerSink): Ticket => {
    sink.whole(
      {
        status: 200,
        contentType: answer.contentType,
        headers: {},
        provider: answer.provider,
        model: answer.model,
        cache: 'hit',
        ...(answer.usage && { usage: answer.usage }),
      },
      answer.body,
    );
    return settled;
  };

  /** Calls the provider. Others may join where `joinKey` is given; the answer is stored where `storeKey` is. */
  const depart = (
    { exchange, target, protocol, body }: Journey,
    storeKey: string | undefined,
    joinKey: string | undefined,
  ): Flight => {
    const flight = createFlight({
      // What is neither to be stored nor to be joined is not kept at all.
      maxBytes: joinKey === undefined && (storeKey === undefined || !cache) ? 0 : policy.maxAnswerBytes,
      onAbandon: () => channels.attemptEnd.hasSubscribers && publishAbandoned(exchange, target),
      onClose: () => leaveBoard(),
    });
    const leaveBoard = departures.add(flight, joinKey);
    const departedAt = performance.now();
    try {
      startAttempt({
        exchange,
        target,
        protocol,
        body,
        stream: exchange.body.stream === true,
        timeouts,
        maxAnswerBytes: policy.maxAnswerBytes,
        flight,
        onComplete:
          storeKey === undefined || !cache
            ? undefined
            : ({ contentType, body: answer, usage }) => {
                const head = {
                  contentType,
                  provider: target.provider.id,
                  model: target.model,
                  ...(usage && { usage }),
                };
                const costUsd = usage && costOf(prices, target.model, usage);
                const about = {
                  ttlMs: policy.ttlMs,
                  // A price table of the user's own may hold anything; a cache refuses what is no cost.
                  costUsd: costUsd !== undefined && costUsd >= 0 ? costUsd : undefined,
                  loadMs: performance.now() - departedAt,
                  tags: tagsOf(target),
                  origin: joinKey === undefined ? ('set' as const) : ('load' as const),
                };
                guard('set', () => cache.set(storeKey, packAnswer(head, answer), about));
              },
      });
    } catch (error) {
      leaveBoard();
      throw error;
    }
    return flight;
  };

  /** Takes a journey to its answer at once, or returns the promise of its ticket where a slower tier must be asked. */
  const route = (journey: Journey, sink: AnswerSink, isGone: () => boolean): Ticket | Promise<Ticket> => {
    const { exchange, target } = journey;
    const mode = cacheMode(exchange, policy.temperature);
    const key = mode === 'off' ? undefined : safeKey(exchange, target);
    if (key === undefined) return depart(journey, undefined, undefined).join(sink, 'bypass');
    if (mode === 'refresh') return depart(journey, key, undefined).join(sink, 'bypass');

    const board = (): Ticket => {
      const inFlight = departures.find(key);
      if (inFlight) return inFlight.join(sink, 'coalesced');
      return depart(journey, key, key).join(sink, cache ? 'miss' : 'bypass');
    };
    if (!cache) return board();
    const live = guard('peek', () => cache.peek?.(key));
    if (live) return hit(live, sink);
    if (departures.find(key)) return board();
    const kept = guard('get', () => cache.get(key));
    if (!(kept instanceof Promise)) return kept ? hit(kept, sink) : board();
    const go = (answer: CachedAnswer | undefined): Ticket => {
      if (isGone()) return settled;
      return answer ? hit(answer, sink) : board();
    };
    return kept.then(go, (error: unknown) => {
      reportFault('get', error);
      return go(undefined);
    });
  };

  const observed = (
    exchange: Exchange,
    target: Target,
    sink: AnswerSink,
    startedAt: number,
    isGone: () => boolean,
  ): Ticket | Promise<Ticket> => {
    const protocol = protocolFor(target, exchange.protocol);
    // What cannot be translated is refused before the cache is asked: the same request always meets the same answer.
    const body = protocol === exchange.protocol ? undefined : upstreamBody(exchange, target, protocol);
    const journey = { exchange, target, protocol, body };
    if (!channels.requestEnd.hasSubscribers) return route(journey, sink, isGone);
    const observation = observeRequest(exchange, target, sink, startedAt);
    const ticket = route(journey, observation.sink, isGone);
    return ticket instanceof Promise ? ticket.then(observation.ticket) : observation.ticket(ticket);
  };

  const take = (
    exchange: Exchange,
    sink: AnswerSink,
    startedAt: number,
    isGone: () => boolean,
  ): Ticket | Promise<Ticket> => {
    if (closed) throw routerClosed();
    const target = directory.resolve(exchange.body.model as string | undefined);
    if (!(target instanceof Promise)) return observed(exchange, target, sink, startedAt, isGone);
    return target.then((found) => (isGone() ? settled : observed(exchange, found, sink, startedAt, isGone)));
  };

  return {
    answer(exchange, sink) {
      const startedAt = performance.now();
      let left = false;
      try {
        const ticket = take(exchange, sink, startedAt, () => left);
        if (!(ticket instanceof Promise)) return ticket;
        return pendingTicket(ticket, sink, () => {
          left = true;
        });
      } catch (error) {
        sink.fail(asRouterError(error));
        return settled;
      }
    },
    close() {
      closed = true;
      for (const flight of departures.all()) flight.fail(routerClosed());
    },
  };
}

/** A request that knows where it goes. */
interface Journey {
  readonly exchange: Exchange;
  readonly target: Target;
  readonly protocol: Protocol;
  /** The translated body; undefined where the client's own bytes may pass. */
  readonly body: Uint8Array | string | undefined;
}

const settled: Ticket = { leave() {}, resume() {} };

/** Stands for a ticket that is still being found; a client may leave meanwhile. */
function pendingTicket(found: Promise<Ticket>, sink: AnswerSink, onLeave: () => void): Ticket {
  let left = false;
  let ticket: Ticket | undefined;
  found.then(
    (real) => {
      ticket = real;
      if (left) real.leave();
    },
    (error: unknown) => {
      if (!left) sink.fail(asRouterError(error));
    },
  );
  return {
    leave() {
      left = true;
      onLeave();
      ticket?.leave();
    },
    resume: () => ticket?.resume(),
  };
}

function safeKey(exchange: Exchange, target: Target): string | undefined {
  try {
    return answerKey(exchange, target);
  } catch {
    // Nested deeper than the stack: such a request is answered, never cached.
    return undefined;
  }
}

function guard<Value>(operation: 'peek' | 'get' | 'set', run: () => Value): Value | undefined {
  try {
    const result = run();
    if (operation === 'set' && result instanceof Promise) result.catch((error) => reportFault('set', error));
    return result;
  } catch (error) {
    reportFault(operation, error);
    return undefined;
  }
}

function reportFault(operation: 'peek' | 'get' | 'set', error: unknown): void {
  if (channels.cacheFault.hasSubscribers) channels.cacheFault.publish({ operation, error });
}

function publishAbandoned(exchange: Exchange, { provider, model }: Target): void {
  const stream = exchange.body.stream === true;
  channels.attemptEnd.publish({ provider: provider.id, model, stream, outcome: 'abandoned' });
}

const asRouterError = (error: unknown): RouterError =>
  RouterError.isInstance(error)
    ? error
    : requestInvalid(`The request could not be read: ${error instanceof Error ? error.message : String(error)}`);
