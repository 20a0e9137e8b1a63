import type { AnswerSink, Exchange, Hotpath, Router, Ticket } from '@hotpath/runtime';

/** What serves now, and can be replaced while it does. */
export interface Swap {
  /**
   * For the server: always what is in use. Closing it closes everything, also what was replaced and still has requests:
   * these then fail with `ROUTER_CLOSED`.
   */
  readonly hotpath: Hotpath;
  /** What is in use, itself. */
  readonly current: Hotpath;
  /**
   * Has every request from now on answered by another one. Those under way end where they began. Resolves when the last of
   * them has, and what was replaced is closed. After the end it closes `next` instead.
   */
  replace(next: Hotpath): Promise<void>;
}

/** A composition with the requests that it answers. */
interface Generation {
  readonly hotpath: Hotpath;
  requests: number;
  onIdle: (() => void) | undefined;
}

const enter = (generation: Generation): void => {
  generation.requests += 1;
};

const leave = (generation: Generation): void => {
  generation.requests -= 1;
  if (generation.requests === 0) generation.onIdle?.();
};

const settled: Ticket = { leave() {}, resume() {} };

/** Has a generation answer, and counts the request from its beginning to its end, whichever of the ends it has. */
const pass = (generation: Generation, exchange: Exchange, sink: AnswerSink): Ticket => {
  let isOver = false;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    leave(generation);
  };
  enter(generation);
  const ticket = generation.hotpath.router.answer(exchange, {
    whole(head, body) {
      sink.whole(head, body);
      end();
    },
    start: (head) => sink.start(head),
    data: (chunk) => sink.data(chunk),
    end(summary) {
      sink.end(summary);
      end();
    },
    fail(error, cost) {
      sink.fail(error, cost);
      end();
    },
  });
  if (isOver) return settled;
  return {
    leave() {
      const cost = ticket.leave();
      end();
      return cost;
    },
    resume: () => ticket.resume(),
  };
};

export const createSwap = (first: Hotpath): Swap => {
  let current: Generation = { hotpath: first, requests: 0, onIdle: undefined };
  const replaced = new Set<Generation>();
  let closing: Promise<void> | undefined;

  /** Counts a request for as long as its promise is pending. */
  const during = <Result extends PromiseLike<unknown>>(ask: (router: Router) => Result): Result => {
    const generation = current;
    enter(generation);
    const end = (): void => leave(generation);
    try {
      const result = ask(generation.hotpath.router);
      result.then(end, end);
      return result;
    } catch (error) {
      end();
      throw error;
    }
  };

  const close = (): Promise<void> => {
    closing ??= (async () => {
      const generations = [current, ...replaced];
      await Promise.all(generations.map(({ hotpath }) => hotpath.close()));
    })();
    return closing;
  };

  const router: Router = {
    answer: (exchange, sink) => pass(current, exchange, sink),
    query: (options) => during((its) => its.query(options)),
    stream(options) {
      const generation = current;
      const stream = generation.hotpath.router.stream(options);
      const end = (): void => leave(generation);
      enter(generation);
      stream.result.then(end, end);
      return stream;
    },
    batchQuery: (queries, options) => during((its) => its.batchQuery(queries, options)),
    queryWithFallback: (options) => during((its) => its.queryWithFallback(options)),
    embed: (options) => during((its) => its.embed(options)),
    countTokens: (options) => during((its) => its.countTokens(options)),
    models: (options) => during((its) => its.models(options)),
    targetsOf(name) {
      const found = current.hotpath.router.targetsOf(name);
      return found instanceof Promise ? during(() => found) : found;
    },
    longestAnswerOf: (model) => current.hotpath.router.longestAnswerOf(model),
    callsAtOnce: (name) => current.hotpath.router.callsAtOnce(name),
    health: () => current.hotpath.router.health(),
    limits: () => current.hotpath.router.limits(),
    economy: () => current.hotpath.router.economy(),
    savings: () => current.hotpath.router.savings(),
    prepare: () => during((its) => its.prepare()),
    close,
    [Symbol.asyncDispose]: close,
  };

  return {
    get current() {
      return current.hotpath;
    },
    hotpath: {
      router,
      get cache() {
        return current.hotpath.cache;
      },
      get prices() {
        return current.hotpath.prices;
      },
      get config() {
        return current.hotpath.config;
      },
      get configFile() {
        return current.hotpath.configFile;
      },
      get folders() {
        return current.hotpath.folders;
      },
      get providers() {
        return current.hotpath.providers;
      },
      get plugins() {
        return current.hotpath.plugins;
      },
      get simulated() {
        return current.hotpath.simulated;
      },
      get warnings() {
        return current.hotpath.warnings;
      },
      close,
      [Symbol.asyncDispose]: close,
    },
    async replace(next) {
      if (closing) {
        await next.close();
        return;
      }
      const old = current;
      current = { hotpath: next, requests: 0, onIdle: undefined };
      const idle = new Promise<void>((resolve) => {
        if (old.requests === 0) resolve();
        else old.onIdle = resolve;
      });
      replaced.add(old);
      try {
        await idle;
        await old.hotpath.close();
      } finally {
        replaced.delete(old);
      }
    },
  };
};
