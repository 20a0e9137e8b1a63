import { answerInvalid, answerTooLarge, type RouterError, upstreamClosed } from './errors.ts';
import { channels } from './events.ts';
import type { Exchange } from './exchange.ts';
import type { Flight, SharedHead } from './flight.ts';
import { formats } from './formats/index.ts';
import type { Target } from './models.ts';
import type { AnswerReceiver, Timeouts } from './provider.ts';
import { relayStream, type StreamPath, translateStream } from './stream-path.ts';
import { upstreamBody } from './upstream-body.ts';
import { relayWhole, translateWhole, type WholeAnswer } from './whole-path.ts';
import type { Protocol, Usage } from './wire-format.ts';

export interface AttemptOptions {
  readonly exchange: Exchange;
  readonly target: Target;
  readonly stream: boolean;
  readonly timeouts: Timeouts;
  /** Most bytes of a whole answer. */
  readonly maxAnswerBytes: number;
  readonly flight: Flight;
  /** The answer is complete and may be stored. */
  readonly onComplete: (answer: { contentType: string; body: Buffer; usage?: Usage }) => void;
}

/** Makes one call to a provider and brings its answer to a flight. Throws what is wrong with the request itself. */
export function startAttempt(options: AttemptOptions): void {
  const { exchange, target, stream, flight } = options;
  const protocol = speaks(target, exchange.protocol);
  const body = upstreamBody(exchange, target, protocol);
  const observed = channels.attemptEnd.hasSubscribers ? observe(options) : undefined;
  const receiver = createReceiver(options, protocol, observed);
  flight.attach(
    target.provider.send(
      {
        protocol,
        body,
        stream,
        headers: (protocol === exchange.protocol && exchange.headers) || {},
        timeouts: options.timeouts,
      },
      receiver,
    ),
  );
}

const speaks = ({ provider }: Target, preferred: Protocol): Protocol =>
  provider.protocols.includes(preferred) ? preferred : (provider.protocols[0] ?? preferred);

type Observer = (outcome: 'complete' | 'failed', status: number, error?: RouterError) => void;

function createReceiver(options: AttemptOptions, protocol: Protocol, observed: Observer | undefined): AnswerReceiver {
  const { exchange, target, flight } = options;
  const sentAt = performance.now();
  const sameProtocol = protocol === exchange.protocol;
  const client = formats[exchange.protocol];
  const upstream = formats[protocol];
  const chunks: Buffer[] = [];
  let size = 0;
  let status = 0;
  let head: SharedHead | undefined;
  let path: StreamPath | undefined;
  let started = false;
  let done = false;

  const fail = (error: RouterError): void => {
    if (done) return;
    done = true;
    flight.fail(error);
    observed?.('failed', status, error);
  };

  const finishStream = (): void => {
    if (done || !path || !head) return;
    const { bytes, summary } = path.end();
    if (summary.outcome === 'cut') {
      fail(upstreamClosed(target.provider.id));
      return;
    }
    done = true;
    if (!started) flight.start(head);
    if (bytes) flight.push(bytes);
    // Before the clients hear of the end, so that whoever asks again on hearing it finds the answer stored.
    const whole = summary.outcome === 'complete' ? flight.bytes() : undefined;
    if (whole) {
      options.onComplete({
        contentType: head.contentType,
        body: whole,
        ...(summary.usage && { usage: summary.usage }),
      });
    }
    flight.end(summary);
    observed?.(summary.outcome === 'complete' ? 'complete' : 'failed', status);
  };

  const finishWhole = (shared: SharedHead): void => {
    const [first] = chunks;
    const received = first && chunks.length === 1 ? first : Buffer.concat(chunks, size);
    let answer: WholeAnswer;
    try {
      answer = sameProtocol
        ? relayWhole(status, shared.contentType, received, client)
        : translateWhole(status, received, upstream, client, options.stream);
    } catch (error) {
      fail(error as RouterError);
      return;
    }
    done = true;
    if (answer.storable) {
      options.onComplete({
        contentType: answer.contentType,
        body: answer.body,
        ...(answer.usage && { usage: answer.usage }),
      });
    }
    flight.whole(
      {
        ...shared,
        status: answer.status,
        contentType: answer.contentType,
        ...(answer.usage && { usage: answer.usage }),
      },
      answer.body,
    );
    observed?.(answer.status === 200 ? 'complete' : 'failed', answer.status);
  };

  return {
    onHead(code, headers) {
      status = code;
      const type = headers['content-type'];
      const contentType = typeof type === 'string' ? type : 'application/json';
      head = {
        status: code,
        contentType,
        headers: passedOn(headers),
        provider: target.provider.id,
        model: target.model,
        upstreamMs: performance.now() - sentAt,
      };
      if (options.stream && code === 200 && contentType.startsWith('text/event-stream')) {
        path = sameProtocol ? relayStream(upstream) : translateStream(upstream, client, exchange.body);
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
      if (bytes && head) {
        if (!started) {
          started = true;
          flight.start({ ...head, upstreamMs: performance.now() - sentAt });
        }
        flight.push(bytes);
      }
      if (terminated) finishStream();
    },
    onEnd() {
      if (done) return;
      if (path) finishStream();
      else if (head) finishWhole(head);
      else fail(answerInvalid(`${target.provider.id} answered without a head. Try again.`));
    },
    onError: fail,
  };
}

const exactHeaders = new Set([
  'retry-after',
  'retry-after-ms',
  'request-id',
  'x-request-id',
  'anthropic-organization-id',
]);

function passedOn(headers: Readonly<Record<string, string | readonly string[] | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (typeof value !== 'string') continue;
    if (exactHeaders.has(name) || name.startsWith('x-ratelimit-') || name.startsWith('anthropic-ratelimit-')) {
      kept[name] = value;
    }
  }
  return kept;
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
