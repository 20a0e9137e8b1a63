import { type AnswerCache, type CachedAnswer, packAnswer } from './answer.ts';
import { startAttempt } from './attempt.ts';
import { type CachePolicy, cacheMode } from './cache-policy.ts';
import { createDepartures } from './departures.ts';
import { RouterError, requestInvalid, routerClosed } from './errors.ts';
import { channels } from './events.ts';
import type { AnswerSink, Exchange, Ticket } from './exchange.ts';
import { createFlight, type Flight } from './flight.ts';
import { answerKey } from './key.ts';
import type { ModelDirectory, Target } from './models.ts';
import { observeRequest } from './observe.ts';
import type { Timeouts } from './provider.ts';

export interface ExchangerOptions {
  readonly directory: ModelDirectory;
  readonly cache?: AnswerCache;
  readonly policy: Required<CachePolicy>;
  readonly timeouts: Timeouts;
}

/** Answers exchanges: from the cache, from a call already in flight, or by calling a provider. */
export interface Exchanger {
  /** Never throws: everything that goes wrong reaches `sink.fail`. */
  answer(exchange: Exchange, sink: AnswerSink): Ticket;
  close(): void;
}

export function createExchanger(options: ExchangerOptions): Exchanger {
  const { directory, cache, policy, timeouts } = options;
  const departures = createDepartures();
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
    exchange: Exchange,
    target: Target,
    storeKey: string | undefined,
    joinKey: string | undefined,
  ): Flight => {
    let leaveBoard: (() => void) | undefined;
    const flight = createFlight({
      maxBytes: policy.maxAnswerBytes,
      onAbandon: () => channels.attemptEnd.hasSubscribers && publishAbandoned(exchange, target),
      onClose: () => leaveBoard?.(),
    });
    startAttempt({
      exchange,
      target,
      stream: exchange.body.stream === true,
      timeouts,
      maxAnswerBytes: policy.maxAnswerBytes,
      flight,
      onComplete({ contentType, body, usage }) {
        if (storeKey === undefined || !cache) return;
        const head = { contentType, provider: target.provider.id, model: target.model, ...(usage && { usage }) };
        guard('set', () => cache.set(storeKey, packAnswer(head, body), { ttlMs: policy.ttlMs }));
      },
    });
    leaveBoard = departures.add(flight, joinKey);
    return flight;
  };

  const observed = (
    exchange: Exchange,
    target: Target,
    sink: AnswerSink,
    startedAt: number,
  ): Ticket | Promise<Ticket> => {
    if (!channels.requestEnd.hasSubscribers) return route(exchange, target, sink);
    const observation = observeRequest(exchange, target, sink, startedAt);
    const ticket = route(exchange, target, observation.sink);
    return ticket instanceof Promise ? ticket.then(observation.ticket) : observation.ticket(ticket);
  };

  /** Takes an exchange to its answer at once, or returns the promise of its ticket where a slower tier must be asked. */
  const route = (exchange: Exchange, target: Target, sink: AnswerSink): Ticket | Promise<Ticket> => {
    const mode = cacheMode(exchange, policy.temperature);
    const key = mode === 'off' ? undefined : safeKey(exchange, target);
    if (key === undefined) return depart(exchange, target, undefined, undefined).join(sink, 'bypass');
    if (mode === 'refresh') return depart(exchange, target, key, undefined).join(sink, 'bypass');

    const board = (): Ticket => {
      const inFlight = departures.find(key);
      if (inFlight) return inFlight.join(sink, 'coalesced');
      return depart(exchange, target, key, key).join(sink, cache ? 'miss' : 'bypass');
    };
    if (!cache) return board();
    const live = guard('peek', () => cache.peek?.(key));
    if (live) return hit(live, sink);
    if (departures.find(key)) return board();
    const kept = guard('get', () => cache.get(key));
    if (!(kept instanceof Promise)) return kept ? hit(kept, sink) : board();
    return kept.then(
      (answer) => (answer ? hit(answer, sink) : board()),
      (error: unknown) => {
        reportFault('get', error);
        return board();
      },
    );
  };

  const take = (exchange: Exchange, sink: AnswerSink, startedAt: number): Ticket | Promise<Ticket> => {
    if (closed) throw routerClosed();
    const target = directory.resolve(exchange.body.model as string | undefined);
    if (!(target instanceof Promise)) return observed(exchange, target, sink, startedAt);
    return target.then((found) => observed(exchange, found, sink, startedAt));
  };

  return {
    answer(exchange, sink) {
      const startedAt = performance.now();
      try {
        const ticket = take(exchange, sink, startedAt);
        return ticket instanceof Promise ? pendingTicket(ticket, sink) : ticket;
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

const settled: Ticket = { leave() {}, resume() {} };

/** Stands for a ticket that is still being found; a client may leave meanwhile. */
function pendingTicket(found: Promise<Ticket>, sink: AnswerSink): Ticket {
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
      ticket?.leave();
    },
    resume: () => ticket?.resume(),
  };
}

function safeKey(exchange: Exchange, { provider, model }: Target): string | undefined {
  try {
    return answerKey(exchange, provider.id, model);
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
