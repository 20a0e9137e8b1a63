import type { RouterError } from '../../src/errors.ts';
import type { AnswerCost, AnswerEnd, AnswerHead, AnswerSink } from '../../src/exchange.ts';

/** A sink that keeps what it was given; `takes` says how many chunks it takes before it asks for a pause. */
export interface Recorder extends AnswerSink {
  head: AnswerHead | undefined;
  body: Buffer | undefined;
  chunks: string[];
  summary: AnswerEnd | undefined;
  error: RouterError | undefined;
  cost: AnswerCost | undefined;
  readonly text: string;
  readonly done: Promise<void>;
}

export function record(takes = Number.POSITIVE_INFINITY): Recorder {
  const { promise, resolve } = Promise.withResolvers<void>();
  const recorder: Recorder = {
    head: undefined,
    body: undefined,
    chunks: [],
    summary: undefined,
    error: undefined,
    cost: undefined,
    get text() {
      return recorder.body?.toString() ?? recorder.chunks.join('');
    },
    done: promise,
    whole(head, body) {
      if (recorder.head) throw new Error('answered twice');
      recorder.head = head;
      recorder.body = body;
      resolve();
    },
    start(head) {
      if (recorder.head) throw new Error('started twice');
      recorder.head = head;
    },
    data(chunk) {
      recorder.chunks.push(chunk.toString());
      return recorder.chunks.length < takes;
    },
    end(summary) {
      recorder.summary = summary;
      resolve();
    },
    fail(error, cost) {
      recorder.error = error;
      recorder.cost = cost;
      resolve();
    },
  };
  return recorder;
}
