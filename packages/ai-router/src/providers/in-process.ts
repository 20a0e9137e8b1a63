import { createDeadline } from '../deadline.ts';
import { RouterError, upstreamClosed, upstreamUnreachable } from '../errors.ts';
import { formats } from '../formats/index.ts';
import type { AnswerReceiver, CallControl, Provider, ProviderCall } from '../provider.ts';
import type { ErrorInfo, JsonObject } from '../wire-format.ts';
import type { CallFailure } from './call-failure.ts';

/** One call that is answered by code in this process. Once it is over, whatever is written goes nowhere. */
export interface InProcessCall {
  readonly call: ProviderCall;
  /** Aborts once nobody waits for the answer: its caller left, its time is over, the provider was closed. */
  readonly signal: AbortSignal;
  isOver(): boolean;
  /** Whether the answer has begun. */
  isHeaded(): boolean;
  head(status: number, headers: Readonly<Record<string, string>>): void;
  /** More of the answer; nothing where the text is empty. */
  write(text: string): void;
  end(): void;
  /**
   * Waits for more of what the answer is made of, and not before the receiver wants more: whoever makes it is held back.
   * Undefined once the call is over, which `read` is to notice by the signal.
   */
  next<Piece>(read: () => Promise<Piece>): Promise<Piece | undefined>;
  /** Answers with an error, in the words of the call's protocol. */
  refuse(error: ErrorInfo, headers?: Readonly<Record<string, string>>): void;
  /** There is no answer, or no more of it. */
  fail(error: RouterError): void;
}

export interface InProcessOptions extends Pick<Provider, 'id' | 'protocols' | 'scope' | 'owns' | 'models' | 'redact'> {
  /** Answers one call; `body` is its body, parsed. */
  answer(exchange: InProcessCall, body: JsonObject): Promise<void>;
  /** What it was that `answer` threw before the answer began. */
  failureOf(error: unknown): CallFailure;
}

export const json = { 'content-type': 'application/json' };
export const eventStream = { 'content-type': 'text/event-stream' };

/** A provider that asks nobody over a network, with everything that calls have in common: limits of time, pauses, aborts, closing. */
export function inProcessProvider({ answer, failureOf, ...own }: InProcessOptions): Provider {
  const cancels = new Set<(error: RouterError) => void>();
  let isClosed = false;

  /** An error of our making, which has words of others in it. */
  const masked = (error: RouterError): RouterError => {
    error.message = own.redact?.(error.message) ?? error.message;
    return error;
  };
  /** As the provider's answer, as long as nothing was answered yet and it is one. */
  const report = (error: unknown, exchange: InProcessCall): void => {
    if (exchange.isHeaded()) {
      exchange.fail(RouterError.isInstance(error) ? error : masked(upstreamClosed(own.id, error)));
      return;
    }
    const failure = failureOf(error);
    if (failure.kind === 'refused') exchange.refuse(failure.error, failure.headers);
    else exchange.fail(failure.error === error ? failure.error : masked(failure.error));
  };

  return {
    ...own,
    send(call, receiver) {
      const { exchange, control } = createExchange(call, receiver, own.id);
      cancels.add(exchange.fail);
      queueMicrotask(async () => {
        if (isClosed) exchange.fail(upstreamUnreachable(own.id, new Error('the provider is closed')));
        try {
          if (!exchange.isOver()) await answer(exchange, bodyOf(call));
        } catch (error) {
          if (!exchange.isOver()) report(error, exchange);
        } finally {
          cancels.delete(exchange.fail);
        }
      });
      return control;
    },
    async close() {
      isClosed = true;
      for (const cancel of [...cancels]) cancel(upstreamClosed(own.id, new Error('the provider was closed')));
    },
  };
}

function createExchange(call: ProviderCall, receiver: AnswerReceiver, provider: string) {
  const aborting = new AbortController();
  let isSettled = false;
  let isHeaded = false;
  /** Resolves when the receiver can take more; undefined while it can. */
  let pause: Promise<void> | undefined;
  let endPause = (): void => {};

  const settle = (): boolean => {
    if (isSettled) return false;
    isSettled = true;
    deadline.clear();
    endPause();
    return true;
  };
  const fail = (error: RouterError): void => {
    if (!settle()) return;
    receiver.onError(error);
    aborting.abort(error);
  };
  // A whole answer starts when it is finished: only a stream has a first token to wait for.
  const deadline = createDeadline(call.stream ? call.timeouts : { ...call.timeouts, firstTokenMs: 0 }, provider, fail);
  // There is nothing to connect to.
  deadline.connected();

  const exchange: InProcessCall = {
    call,
    signal: aborting.signal,
    isOver: () => isSettled,
    isHeaded: () => isHeaded,
    head(status, headers) {
      if (isSettled) return;
      isHeaded = true;
      receiver.onHead(status, headers);
    },
    write(text) {
      if (!isSettled && text !== '') receiver.onData(Buffer.from(text));
    },
    end() {
      if (settle()) receiver.onEnd();
    },
    async next(read) {
      while (pause && !isSettled) await pause;
      if (isSettled) return undefined;
      const piece = await read();
      if (isSettled) return undefined;
      if (call.stream && !pause) deadline.progress();
      return piece;
    },
    refuse(error, headers = {}) {
      exchange.head(error.status, { ...headers, ...json });
      exchange.write(JSON.stringify(formats[call.protocol].encodeError(error)));
      exchange.end();
    },
    fail,
  };
  const control: CallControl = {
    pause() {
      if (isSettled || pause) return;
      pause = new Promise((resolve) => {
        endPause = resolve;
      });
      deadline.suspend();
    },
    resume() {
      if (!pause) return;
      if (!isSettled && call.stream) deadline.progress();
      pause = undefined;
      endPause();
    },
    abort() {
      if (settle()) aborting.abort();
    },
  };
  return { exchange, control };
}

const bodyOf = ({ body }: ProviderCall): JsonObject =>
  JSON.parse(
    typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString(),
  ) as JsonObject;
