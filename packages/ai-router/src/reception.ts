import type { AttemptOptions, AttemptOutput, ProviderReply } from './attempt.ts';
import { type ResponseHeaders, retryAfterInMessage, retryAfterMs } from './attempts/retry-after.ts';
import type { Credential } from './credential.ts';
import type { CallUse } from './discarded.ts';
import {
  answerInvalid,
  answerTooLarge,
  type RouterError,
  type RouterErrorFields,
  upstreamClosed,
  upstreamRefused,
  upstreamTimeout,
} from './errors.ts';
import type { SharedHead } from './flight.ts';
import { formats } from './formats/index.ts';
import { passedOn } from './passed-on.ts';
import type { AnswerReceiver, CallControl } from './provider.ts';
import { redactBytes, redactError, redactFor } from './redact.ts';
import { choicesOf } from './request-context.ts';
import { relayStream, type StreamPath, translateStream } from './stream-path.ts';
import { toldOf } from './told-answer.ts';
import { relayWhole, translateWhole, type WholeAnswer } from './whole-path.ts';
import type { AnswerSummary, ErrorInfo, JsonObject } from './wire-format.ts';

/** Hears how a call ended. */
export type Observer = (outcome: 'complete' | 'failed' | 'abandoned', status: number, error?: RouterError) => void;

/** One provider's answer as it comes in. */
export interface Reception {
  readonly receiver: AnswerReceiver;
  fail(error: RouterError): void;
  /** Hands over the running call, to be cancelled when its answer is of no use. */
  attach(control: CallControl): void;
  abandon(): void;
  isSound(summary: AnswerSummary): boolean;
  /** What the call used so far. */
  used(): CallUse;
}

export interface ReceptionContext {
  readonly observed: Observer | undefined;
  /** The client's own key that it is asked for with, which the provider's words must not carry any further. */
  readonly credential: Credential | undefined;
}

/** Reads an answer, holds it back until its first piece is there, and tells the listener what became of it. */
export function createReception(options: AttemptOptions, { observed, credential }: ReceptionContext): Reception {
  const { exchange, target, protocol, listener } = options;
  const sentAt = performance.now();
  const sameProtocol = protocol === exchange.protocol;
  const client = formats[exchange.protocol];
  const upstream = formats[protocol];
  const streamUsage = wantsUsage(exchange.body);
  /** The bytes of a whole answer, or of a stream before its first piece. */
  let held: Buffer[] = [];
  let size = 0;
  let status = 0;
  let head: SharedHead | undefined;
  let path: StreamPath | undefined;
  let output: AttemptOutput | undefined;
  let done = false;
  let control: CallControl | undefined;
  let terminatorTimer: NodeJS.Timeout | undefined;
  const { contentMs = 0 } = options;
  const contentTimer =
    contentMs > 0
      ? setTimeout(
          () => fail(upstreamTimeout(target.provider.id, options.stream ? 'first-token' : 'total', contentMs)),
          contentMs,
        )
      : undefined;
  /** What the provider says about another try. */
  let advice: (message: string) => Pick<RouterErrorFields, 'retryAfterMs' | 'shouldRetry'> = () => ({});

  const clearTimers = (): void => {
    clearTimeout(contentTimer);
    clearTimeout(terminatorTimer);
  };

  /** Ends it without a good answer. The provider may have more to say, which must not go on arriving. */
  const fail = (error: RouterError, refusal?: ProviderReply, rejected?: ProviderReply): void => {
    if (done) return;
    done = true;
    const whole = rejected?.head.usage;
    const use = whole ? { told: whole, isWhole: true, seenTokens: 0 } : path?.hasContent() ? used() : undefined;
    held = [];
    clearTimers();
    control?.abort();
    observed?.('failed', status, error);
    listener.failed(error, refusal, use, rejected);
  };

  /** Tells a failure in the provider's own words, but for the keys that they quote. */
  const refuse = (shared: SharedHead, error: ErrorInfo, body: Buffer, more?: Partial<RouterErrorFields>): void => {
    const redact = redactFor(target.provider, credential);
    fail(upstreamRefused(target.provider.id, redactError(error, redact), more), {
      head: shared,
      body: redactBytes(body, redact),
    });
  };

  const used = (): CallUse => path?.used() ?? nothingSeen;

  const hold = (chunk: Buffer): void => {
    size += chunk.byteLength;
    if (size > options.maxAnswerBytes) fail(answerTooLarge(target.provider.id, options.maxAnswerBytes));
    else held.push(chunk);
  };

  const taken = (): Buffer => {
    const [first] = held;
    const bytes = first && held.length === 1 ? first : Buffer.concat(held, size);
    held = [];
    return bytes;
  };

  /** Lets what was held back go where the listener says. Returns whether it is wanted. */
  const release = (shared: SharedHead): boolean => {
    if (output) return true;
    clearTimeout(contentTimer);
    output = listener.content();
    if (!output) {
      abandon();
      return false;
    }
    output.start({ ...shared, upstreamMs: performance.now() - sentAt });
    for (const chunk of held.splice(0)) output.push(chunk);
    return true;
  };

  const abandon = (): void => {
    if (done) return;
    done = true;
    held = [];
    clearTimers();
    control?.abort();
    observed?.('abandoned', status);
  };

  const passes = (told: SharedHead, body: Buffer, isStream: boolean): boolean => {
    try {
      options.check?.(body, isStream);
      return true;
    } catch (error) {
      fail(error as RouterError, undefined, { head: told, body });
      return false;
    }
  };

  /** Some providers leave out the terminator, and a few keep the connection open all the same. */
  const awaitTerminator = (shared: SharedHead, stream: StreamPath): void => {
    terminatorTimer ??= setTimeout(() => {
      if (done) return;
      finishStream(shared, stream);
      control?.abort();
    }, terminatorMs);
  };

  /** `last`: bytes that came with the end. They are not passed on before it is known what they say. */
  const finishStream = (shared: SharedHead, stream: StreamPath, last?: Buffer): void => {
    const { bytes, summary } = stream.end();
    if (summary.outcome === 'cut') {
      fail(upstreamClosed(target.provider.id));
      return;
    }
    if (summary.outcome === 'error') {
      const error = summary.error ?? { status: 502, type: 'api_error', message: 'The provider reported an error.' };
      const body = Buffer.concat([...(last ? [last] : []), ...(bytes ? [bytes] : [])]);
      refuse(shared, error, body);
      return;
    }
    const all = (): Buffer => Buffer.concat([...held, ...(last ? [last] : []), ...(bytes ? [bytes] : [])]);
    const { usage } = summary;
    if (options.check && !passes({ ...shared, ...(usage && { usage }) }, all(), true)) return;
    if (!release(shared)) return;
    if (last) output?.push(last);
    done = true;
    clearTimers();
    observed?.('complete', status);
    listener.complete(shared, summary, bytes);
  };

  const finishWhole = (shared: SharedHead): void => {
    clearTimeout(contentTimer);
    const received = { status, contentType: shared.contentType, body: taken(), stream: options.stream, streamUsage };
    let answer: WholeAnswer;
    try {
      answer = sameProtocol ? relayWhole(received, client) : translateWhole(received, upstream, client);
    } catch (error) {
      fail(error as RouterError);
      return;
    }
    const { summary } = answer;
    const told = { ...shared, status: answer.status, contentType: answer.contentType, ...toldOf(summary) };
    if (answer.status === 200) {
      if (options.check && !passes(told, answer.body, false)) return;
      done = true;
      observed?.('complete', 200);
      listener.whole(told, answer);
      return;
    }
    const info = summary.error ?? upstream.decodeError(answer.status, undefined);
    refuse(told, info, answer.body, advice(info.message));
  };

  const receiver: AnswerReceiver = {
    onHead(code, headers) {
      status = code;
      if (code !== 200) advice = (message) => adviceOf(headers, message);
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
        path =
          options.path ??
          (sameProtocol
            ? relayStream(upstream, choicesOf(exchange.body))
            : translateStream(upstream, client, streamUsage));
      }
    },
    onData(chunk) {
      if (done) return;
      if (!path || !head) {
        hold(chunk);
        return;
      }
      const { bytes, done: ended } = path.push(chunk);
      if (!ended && path.isFinished()) awaitTerminator(head, path);
      if (ended) finishStream(head, path, bytes);
      else if (!output && (options.check || !path.hasContent())) {
        if (bytes) hold(bytes);
      } else if (bytes && release(head)) output?.push(bytes);
    },
    onEnd() {
      if (done) return;
      if (path && head) finishStream(head, path);
      else if (head) finishWhole(head);
      else fail(answerInvalid(`${target.provider.id} answered without a head. Try again.`));
    },
    onError(error) {
      // Whatever becomes of the connection now, the answer itself is whole.
      if (!done && path?.isFinished() && head) finishStream(head, path);
      else fail(error);
    },
  };
  return {
    receiver,
    fail,
    attach(running) {
      control = running;
      if (done) running.abort();
    },
    abandon,
    used,
    // A reason that we do not know may mean anything.
    isSound: ({ outcome, finishReason }) =>
      outcome === 'complete' && finishReason !== 'other' && path?.isSound() === true,
  };
}

const eventStream = 'text/event-stream';
const nothingSeen: CallUse = { isWhole: false, seenTokens: 0 };
/** How long a finished answer is held open for its usage and terminator, milliseconds. */
const terminatorMs = 1_000;

/** Whether the client of a stream of OpenAI's chat asks for usage in it. */
export const wantsUsage = ({ stream_options: options }: JsonObject): boolean =>
  (options as { include_usage?: unknown } | null | undefined)?.include_usage === true;

function adviceOf(headers: ResponseHeaders, message: string): Pick<RouterErrorFields, 'retryAfterMs' | 'shouldRetry'> {
  const waitMs = retryAfterMs(headers, Date.now()) ?? retryAfterInMessage(message);
  const should = headers['x-should-retry'];
  return {
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
    ...((should === 'true' || should === 'false') && { shouldRetry: should === 'true' }),
  };
}
