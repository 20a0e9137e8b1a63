import { type AnswerCollector, collectAnswer, contentText } from './answer-events.ts';
import { answerInvalid, RouterError, upstreamRefused, withCost } from './errors.ts';
import type { AnswerCost, AnswerHead, AnswerSink } from './exchange.ts';
import { formats } from './formats/index.ts';
import type { AssistantPart, FinishReason, JsonObject, ModelEvent, Protocol, Usage } from './wire-format.ts';

/** An answer read to its end. */
export interface ReadAnswer {
  readonly text: string;
  readonly content: readonly AssistantPart[];
  readonly model: string;
  readonly finishReason: FinishReason;
  readonly usage?: Usage;
  readonly firstTokenMs?: number;
  readonly head: AnswerHead;
  readonly cost: AnswerCost;
}

export interface ReaderOptions {
  readonly onText: (text: string) => void;
  readonly resolve: (answer: ReadAnswer) => void;
  readonly reject: (error: RouterError) => void;
  readonly startedAt: number;
}

/** A sink that reads the wire format back into text, and settles once. */
export function createReader(protocol: Protocol, options: ReaderOptions): AnswerSink {
  const format = formats[protocol];
  const decoder = format.streamDecoder();
  const collected: AnswerCollector = collectAnswer();
  /** The part that is the answer's own text, where that is under way. */
  let textPart: number | undefined;
  let head: AnswerHead | undefined;
  let model: string | undefined;
  let firstTokenMs: number | undefined;
  let last: ModelEvent | undefined;

  const read = (events: readonly ModelEvent[]): void => {
    for (const event of events) {
      last = event;
      if (event.type === 'start') model = event.model;
      collected.push(event);
      if (event.type === 'part') {
        firstTokenMs ??= performance.now() - options.startedAt;
        textPart = event.part.type === 'text' || event.part.type === 'refusal' ? event.index : undefined;
      }
      if (event.type === 'delta' && event.index === textPart) options.onText(event.text);
    }
  };

  const finish = (answered: AnswerHead, cost: AnswerCost): void => {
    if (last?.type === 'finish') {
      const { reason, usage } = last;
      options.resolve({
        text: collected.text(),
        content: collected.content(),
        model: model ?? answered.model,
        finishReason: reason,
        ...(usage && { usage }),
        ...(firstTokenMs !== undefined && { firstTokenMs }),
        head: answered,
        cost,
      });
    } else {
      const error = last?.type === 'error' ? last.error : undefined;
      options.reject(
        error
          ? upstreamRefused(answered.provider, error)
          : answerInvalid(`${answered.provider} ended a streamed answer without a finish. Try again.`),
      );
    }
  };

  const readWhole = (answered: AnswerHead, body: Buffer): void => {
    if (answered.contentType.startsWith('text/event-stream')) {
      read(decoder.push(body));
      read(decoder.end());
      finish(answered, answered);
      return;
    }
    const parsed = JSON.parse(body.toString()) as JsonObject;
    if (answered.status !== 200) {
      const retryAfter = Number(answered.headers['retry-after']);
      const wait = Number.isFinite(retryAfter) && retryAfter >= 0 ? retryAfter * 1000 : undefined;
      options.reject(
        upstreamRefused(
          answered.provider,
          format.decodeError(answered.status, parsed),
          wait === undefined ? {} : { retryAfterMs: wait },
        ),
      );
      return;
    }
    const answer = format.decodeAnswer(parsed);
    const { usage, content } = answer;
    const text = contentText(content);
    if (text !== '') options.onText(text);
    options.resolve({
      text,
      content,
      model: answer.model,
      finishReason: answer.finishReason,
      ...(usage && { usage }),
      head: answered,
      cost: answered,
    });
  };

  return {
    whole(answered, body) {
      try {
        readWhole(answered, body);
      } catch (error) {
        options.reject(RouterError.isInstance(error) ? error : answerInvalid('The answer could not be read.', error));
      }
    },
    start(answered) {
      head = answered;
    },
    data(chunk) {
      read(decoder.push(chunk));
      return true;
    },
    end(summary) {
      read(decoder.end());
      if (head) finish(head, summary);
    },
    fail: (error, cost = {}) => options.reject(withCost(error, cost)),
  };
}
