import { internal, type RouterError, readTooSlowly } from './errors.ts';
import type { AnswerCost, AnswerEnd, AnswerHead, AnswerSink, CacheState, Exchange, Ticket } from './exchange.ts';
import type { CallControl } from './provider.ts';

/** A head before it is known how each client came to share it. */
export type SharedHead = Omit<AnswerHead, 'cache'>;

export interface FlightOptions {
  /** Bytes kept for late joiners and for the cache; past them the flight takes no more joiners and keeps nothing. */
  readonly maxBytes: number;
  /** No longer to be joined: it overflowed, ended or was abandoned. */
  readonly onClose: () => void;
}

/**
 * One answer on its way to everyone who asked the same. Chunks are kept, so a late joiner reads from the beginning at
 * its own pace; the provider is paused only when nobody can take more. Joining one that has ended gives its outcome.
 */
export interface Flight {
  /** Bytes pushed so far. */
  size(): number;
  /** How many have joined that did not start it. */
  coalesced(): number;
  join(sink: AnswerSink, state: CacheState): Ticket;
  /** Hands over the running call, to be paused, resumed and aborted. */
  attach(control: FlightControl): void;
  /** What the answer is awaited from now, which everybody who shares it is told. */
  goes(lane: 'batch' | 'live'): void;
  /** Tells somebody who shares the answer; see `Exchange.onLane`. */
  tellLane(listener: Exchange['onLane']): void;
  /** Somebody who joined wants it by then, epoch milliseconds. */
  hasten(deadlineAt: number): void;
  whole(head: SharedHead, body: Buffer): void;
  start(head: SharedHead): void;
  push(chunk: Buffer): void;
  end(summary: AnswerEnd): void;
  fail(error: RouterError, cost?: AnswerCost): void;
  /** Everything pushed, or undefined when it grew past `maxBytes`. */
  bytes(): Buffer | undefined;
}

/** The running call, which may be one that can wait. */
export interface FlightControl extends Omit<CallControl, 'abort'> {
  /** Returns the cost of what was used by then, where something is known to be billed. */
  abort(): AnswerCost | undefined;
  hasten?(deadlineAt: number): void;
}

interface Subscriber {
  readonly sink: AnswerSink;
  readonly state: CacheState;
  next: number;
  /** Bytes it has taken. */
  taken: number;
  paused: boolean;
}

/** Who shares an answer pays nothing for it. */
const costFor = <Priced extends AnswerCost>(priced: Priced, cache: CacheState): Priced => {
  if (cache !== 'coalesced' || priced.costUsd === undefined) return priced;
  const { estimatedUsd: _others, ...rest } = priced;
  return { ...(rest as Priced), costUsd: 0 };
};

const headFor = (head: SharedHead, cache: CacheState): AnswerHead => ({ ...costFor(head, cache), cache });

export function createFlight(options: FlightOptions): Flight {
  const subscribers = new Set<Subscriber>();
  let chunks: Buffer[] = [];
  /** Chunks dropped from the front since the answer outgrew what is kept. */
  let dropped = 0;
  let size = 0;
  let keeping = true;
  let head: SharedHead | undefined;
  let outcome:
    | { summary: AnswerEnd }
    | { error: RouterError; cost: AnswerCost | undefined }
    | { head: SharedHead; whole: Buffer }
    | undefined;
  let abandoned = false;
  let coalesced = 0;
  let control: FlightControl | undefined;
  let lane: 'batch' | 'live' | undefined;
  const laneListeners: NonNullable<Exchange['onLane']>[] = [];
  let upstreamPaused = false;

  /** Calls a sink. One that throws is left out of the rest, and harms nobody else. */
  const tell = (subscriber: Subscriber, call: (sink: AnswerSink) => void): void => {
    try {
      call(subscriber.sink);
    } catch (cause) {
      subscribers.delete(subscriber);
      try {
        subscriber.sink.fail(internal(cause));
      } catch {
        // It cannot be told either.
      }
    }
  };

  const conclude = (subscriber: Subscriber): void => {
    const result = outcome;
    if (!result) return;
    subscribers.delete(subscriber);
    tell(subscriber, (sink) => {
      if ('summary' in result) sink.end(costFor(result.summary, subscriber.state));
      else if ('error' in result) sink.fail(result.error, result.cost && costFor(result.cost, subscriber.state));
      else sink.whole(headFor(result.head, subscriber.state), result.whole);
    });
  };

  const pump = (subscriber: Subscriber): void => {
    while (!subscriber.paused && subscriber.next - dropped < chunks.length) {
      const chunk = chunks[subscriber.next++ - dropped] as Buffer;
      subscriber.taken += chunk.byteLength;
      tell(subscriber, (sink) => {
        if (!sink.data(chunk)) subscriber.paused = true;
      });
      if (!subscribers.has(subscriber)) return;
    }
    if (subscriber.next - dropped >= chunks.length) conclude(subscriber);
  };

  /** Pauses the provider while nobody can take more. */
  const balance = (): void => {
    if (outcome || !control || !head) return;
    let pause = subscribers.size > 0;
    for (const subscriber of subscribers) if (!subscriber.paused) pause = false;
    if (pause === upstreamPaused) return;
    upstreamPaused = pause;
    if (pause) control.pause();
    else control.resume();
  };

  /** Others wait for nobody: who shares an answer too large to keep and falls that far behind is cut off. */
  const dropLaggards = (): void => {
    if (keeping || subscribers.size < 2) return;
    for (const subscriber of [...subscribers]) {
      if (size - subscriber.taken <= options.maxBytes || subscribers.size < 2) continue;
      subscribers.delete(subscriber);
      tell(subscriber, (sink) => sink.fail(readTooSlowly(options.maxBytes)));
    }
  };

  const forget = (): void => {
    if (keeping) return;
    let least = Number.POSITIVE_INFINITY;
    for (const { next } of subscribers) if (next < least) least = next;
    const count = Math.min(least - dropped, chunks.length);
    if (count <= 0) return;
    chunks.splice(0, count);
    dropped += count;
  };

  const settle = (result: NonNullable<typeof outcome>): void => {
    if (outcome || abandoned) return;
    outcome = result;
    options.onClose();
    // What the provider still sends is nobody's concern, but its connection must come to its end.
    if (upstreamPaused) control?.resume();
    upstreamPaused = false;
    for (const subscriber of [...subscribers]) pump(subscriber);
  };

  return {
    size: () => size,
    coalesced: () => coalesced,
    join(sink, state) {
      if (state === 'coalesced') coalesced += 1;
      const subscriber: Subscriber = { sink, state, next: 0, taken: 0, paused: false };
      subscribers.add(subscriber);
      const shared = head;
      if (shared) tell(subscriber, (taker) => taker.start(headFor(shared, state)));
      if (shared || outcome) pump(subscriber);
      balance();
      return {
        leave() {
          if (!subscribers.delete(subscriber) || outcome) return undefined;
          if (subscribers.size > 0) {
            forget();
            balance();
            return undefined;
          }
          abandoned = true;
          options.onClose();
          // What was sent so far is part of the bill: it is looked at once more.
          const cost = control?.abort();
          chunks = [];
          return cost && costFor(cost, state);
        },
        resume() {
          if (!subscribers.has(subscriber) || !subscriber.paused) return;
          subscriber.paused = false;
          pump(subscriber);
          forget();
          balance();
        },
      };
    },
    attach(running) {
      control = running;
      if (abandoned) running.abort();
    },
    goes(next) {
      lane = next;
      for (const listener of laneListeners) listener(next);
    },
    tellLane(listener) {
      if (!listener) return;
      laneListeners.push(listener);
      if (lane === 'batch') listener(lane);
    },
    hasten: (deadlineAt) => control?.hasten?.(deadlineAt),
    whole(shared, body) {
      settle({ head: shared, whole: body });
    },
    start(shared) {
      if (outcome || abandoned) return;
      head = shared;
      for (const subscriber of [...subscribers]) {
        tell(subscriber, (sink) => sink.start(headFor(shared, subscriber.state)));
      }
    },
    push(chunk) {
      if (outcome || abandoned) return;
      chunks.push(chunk);
      size += chunk.byteLength;
      if (keeping && size > options.maxBytes) {
        keeping = false;
        options.onClose();
      }
      for (const subscriber of [...subscribers]) pump(subscriber);
      dropLaggards();
      forget();
      balance();
    },
    end: (summary) => settle({ summary }),
    fail: (error, cost) => settle({ error, cost }),
    bytes: () => (keeping ? Buffer.concat(chunks, size) : undefined),
  };
}
