import {
  answerInvalid,
  answerTooLarge,
  internal,
  type RouterError,
  upstreamClosed,
  upstreamUnreachable,
} from './errors.ts';
import { channels } from './events.ts';
import type { Exchange } from './exchange.ts';
import type { Flight, SharedHead } from './flight.ts';
import { formats } from './formats/index.ts';
import type { Target } from './models.ts';
import { passedOn } from './passed-on.ts';
import type { AnswerReceiver, CallControl, Timeouts } from './provider.ts';
import { relayStream, type StreamPath, translateStream } from './stream-path.ts';
import { upstreamBody } from './upstream-body.ts';
import { relayWhole, translateWhole, type WholeAnswer } from './whole-path.ts';
import type { AnswerSummary, JsonObject, Protocol, Usage } from './wire-format.ts';

export interface AttemptOptions {
  readonly exchange: Exchange;
  readonly target: Target;
  /** The one to speak with the provider. */
  readonly protocol: Protocol;
  /** The body to send, where it has been translated already. */
  readonly body?: Uint8Array | string | undefined;
  readonly stream: boolean;
  readonly timeouts: Timeouts;
  /** Most bytes of a whole answer. */
  readonly maxAnswerBytes: number;
  readonly flight: Flight;
  /** Stores a complete answer; absent where none is to be stored. */
  readonly onComplete?: ((answer: { contentType: string; body: Buffer; usage?: Usage }) => void) | undefined;
}

/** Makes one call to a provider and brings its answer to a flight. Throws what is wrong with the request itself. */
export function startAttempt(options: AttemptOptions): void {
  const { exchange, target, protocol, stream, flight, timeouts } = options;
  const body = options.body ?? upstreamBody(exchange, target, protocol);
  const headers = (protocol === exchange.protocol && exchange.headers) || {};
  const observed = channels.attemptEnd.hasSubscribers ? observe(options) : undefined;
  const { receiver, fail, attach } = createReceiver(options, observed);
  try {
    const control = target.provider.send({ protocol, body, stream, headers, timeouts }, guarded(receiver, fail));
    attach(control);
    flight.attach(control);
  } catch (cause) {
    fail(upstreamUnreachable(target.provider.id, cause));
  }
}

/** A provider's callbacks run where a fault of ours would end the process: it ends this answer instead. */
function guarded(receiver: AnswerReceiver, fail: (error: RouterError) => void): AnswerReceiver {
  return {
    onHead(status, headers) {
      try {
        receiver.onHead(status, headers);
      } catch (cause) {
        fail(internal(cause));
      }
    },
    onData(chunk) {
      try {
        receiver.onData(chunk);
      } catch (cause) {
        fail(internal(cause));
      }
    },
    onEnd() {
      try {
        receiver.onEnd();
      } catch (cause) {
        fail(internal(cause));
      }
    },
    onError: fail,
  };
}

const eventStream = 'text/event-stream';

const wantsUsage = ({ stream_options: options }: JsonObject): boolean =>
  (options as { include_usage?: unknown } | null | undefined)?.include_usage === true;

/** Only the first of several choices is watched: the others are known to be whole by the terminator alone. */
const severalChoices = ({ n }: JsonObject): boolean => typeof n === 'number' && n > 1;

/** A reason that we do not know may mean anything. */
const isCertain = ({ outcome, finishReason }: AnswerSummary): boolean =>
  outcome === 'complete' && finishReason !== 'other';

type Observer = (outcome: 'complete' | 'failed', status: number, error?: RouterError) => void;

interface Reception {
  readonly receiver: AnswerReceiver;
  fail(error: RouterError): void;
  /** Hands over the running call, to be cancelled when its answer is of no use. */
  attach(control: CallControl): void;
}

function createReceiver(options: AttemptOptions, observed: Observer | undefined): Reception {
  const { exchange, target, protocol, flight } = options;
  const sentAt = performance.now();
  const sameProtocol = protocol === exchange.protocol;
  const client = formats[exchange.protocol];
  const upstream = formats[protocol];
  const streamUsage = wantsUsage(exchange.body);
  const chunks: Buffer[] = [];
  let size = 0;
  let status = 0;
  let head: SharedHead | undefined;
  let path: StreamPath | undefined;
  let started = false;
  let done = false;
  let failed = false;
  let control: CallControl | undefined;

  const fail = (error: RouterError): void => {
    if (done) return;
    done = true;
    failed = true;
    // The provider may have more to say: an endless answer that was refused must not go on arriving.
    control?.abort();
    flight.fail(error);
    observed?.('failed', status, error);
  };

  const startStream = (shared: SharedHead): void => {
    if (started) return;
    started = true;
    flight.start({ ...shared, upstreamMs: performance.now() - sentAt });
  };

  /** `last`: bytes that came with the end. They are not passed on before it is known that there is an answer at all. */
  const finishStream = (last?: Buffer): void => {
    if (done || !path || !head) return;
    const { bytes, summary } = path.end();
    const isCut = summary.outcome === 'cut';
    if (!isCut || started) {
      startStream(head);
      if (last) flight.push(last);
    }
    if (isCut) {
      fail(upstreamClosed(target.provider.id));
      return;
    }
    done = true;
    if (bytes) flight.push(bytes);
    flight.end(summary);
    observed?.(summary.outcome === 'complete' ? 'complete' : 'failed', status);
    // In the same turn as the end, so that whoever asks again on hearing it finds the answer stored.
    const { onComplete } = options;
    const whole = onComplete && isCertain(summary) ? flight.bytes() : undefined;
    if (whole && path.isSound(whole)) {
      onComplete?.({ contentType: head.contentType, body: whole, ...(summary.usage && { usage: summary.usage }) });
    }
  };

  const finishWhole = (shared: SharedHead): void => {
    const [first] = chunks;
    const body = first && chunks.length === 1 ? first : Buffer.concat(chunks, size);
    const received = { status, contentType: shared.contentType, body, stream: options.stream, streamUsage };
    let answer: WholeAnswer;
    try {
      answer = sameProtocol ? relayWhole(received, client) : translateWhole(received, upstream, client);
    } catch (error) {
      fail(error as RouterError);
      return;
    }
    done = true;
    const { contentType, summary } = answer;
    const usage = summary.usage && { usage: summary.usage };
    if (answer.storable) options.onComplete?.({ contentType, body: answer.body, ...usage });
    flight.whole({ ...shared, status: answer.status, contentType, ...usage }, answer.body);
    observed?.(answer.status === 200 ? 'complete' : 'failed', answer.status);
  };

  const receiver: AnswerReceiver = {
    onHead(code, headers) {
      status = code;
      const type = headers['content-type'];
      // Some servers forget to say that what they stream is a stream.
      const contentType =
        typeof type === 'string' ? type : options.stream && code === 200 ? eventStream : 'application/json';
      head = {
        status: code,
        contentType,
        headers: passedOn(headers),
        provider: target.provider.id,
        model: target.model,
        upstreamMs: performance.now() - sentAt,
      };
      if (options.stream && code === 200 && contentType.toLowerCase().startsWith(eventStream)) {
        path = sameProtocol
          ? relayStream(upstream, severalChoices(exchange.body))
          : translateStream(upstream, client, streamUsage);
      }
    },
    onData(chunk) {
      if (done) return;
      if (!path) {
        size += chunk.byteLength;
        if (size > options.maxAnswerBytes) fail(answerTooLarge(target.provider.id, options.maxAnswerBytes));
        else chunks.push(chunk);
        return;
      }
      const { bytes, done: terminated } = path.push(chunk);
      if (terminated) finishStream(bytes);
      else if (bytes && head) {
        startStream(head);
        flight.push(bytes);
      }
    },
    onEnd() {
      if (done) return;
      if (path) finishStream();
      else if (head) finishWhole(head);
      else fail(answerInvalid(`${target.provider.id} answered without a head. Try again.`));
    },
    onError: fail,
  };
  return {
    receiver,
    fail,
    attach(running) {
      control = running;
      if (failed) running.abort();
    },
  };
}

function observe({ target, stream }: AttemptOptions): Observer {
  const startedAt = performance.now();
  const call = { provider: target.provider.id, model: target.model, stream };
  channels.attemptStart.publish(call);
  return (outcome, status, error) =>
    channels.attemptEnd.publish({
      ...call,
      durationMs: performance.now() - startedAt,
      status,
      outcome,
      ...(error && { error }),
    });
}
