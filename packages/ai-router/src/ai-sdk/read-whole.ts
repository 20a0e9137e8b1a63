import { eventsOf } from '../answer-events.ts';
import { retryAfterMs } from '../attempts/retry-after.ts';
import { answerInvalid, RouterError, upstreamRefused } from '../errors.ts';
import type { AnswerHead } from '../exchange.ts';
import type { JsonObject, ModelAnswer, ModelEvent, WireFormat } from '../wire-format.ts';

/** An answer that came as a whole, with the JSON it came in. */
export interface WholeAnswer {
  readonly answer: ModelAnswer;
  readonly body: JsonObject;
}

/** Reads a whole answer. Throws a `RouterError` for the provider's own error, and for what is no answer. */
export function readWhole(format: WireFormat, head: AnswerHead, bytes: Buffer): WholeAnswer {
  try {
    const body = JSON.parse(bytes.toString()) as JsonObject;
    if (head.status === 200) return { answer: format.decodeAnswer(body), body };
    const wait = retryAfterMs(head.headers, Date.now());
    const told = wait === undefined ? {} : { retryAfterMs: wait };
    throw upstreamRefused(head.provider, format.decodeError(head.status, body), told);
  } catch (error) {
    throw RouterError.isInstance(error)
      ? error
      : answerInvalid(`The answer of ${head.provider} could not be read.`, error);
  }
}

/** Reads an answer to a request for a stream that came at once: from the cache, as an error, or without being streamed. */
export function readAtOnce(format: WireFormat, head: AnswerHead, bytes: Buffer): readonly ModelEvent[] {
  const isStream = head.status === 200 && head.contentType.startsWith('text/event-stream');
  if (!isStream) return eventsOf(readWhole(format, head, bytes).answer);
  const decoder = format.streamDecoder();
  return [...decoder.push(bytes), ...decoder.end()];
}
