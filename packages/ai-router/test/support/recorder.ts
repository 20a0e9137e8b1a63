import type { RouterError } from '../../src/errors.ts';
import type { AnswerHead, AnswerSink } from '../../src/exchange.ts';
import type { AnswerSummary } from '../../src/wire-format.ts';

/** A sink that keeps what it was given; `takes` says how many chunks it takes before it asks for a pause. */
export interface Recorder extends AnswerSink {
  head: AnswerHead | undefined;
  body: Buffer | undefined;
  chunks: string[];
  summary: AnswerSummary | undefined;
  error: RouterError | undefined;
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
    fail(error) {
      recorder.error = error;
      resolve();
    },
  };
  return recorder;
}
