import { requestInvalid } from './errors.ts';
import { ask, type QueryContext, type QueryOptions, type QueryResult } from './query.ts';

/** A streamed answer: iterate once for its pieces of text. Breaking off cancels the call. */
export interface AnswerStream extends AsyncIterable<string> {
  /** The whole answer, once it is complete. Rejects as the iteration does, and never goes unhandled. */
  readonly result: Promise<QueryResult>;
}

/** Asks and hands over the text as it comes. */
export function streamAnswer(context: QueryContext, options: QueryOptions): AnswerStream {
  const pieces: string[] = [];
  const leaving = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, leaving.signal]) : leaving.signal;
  let over = false;
  let taken = false;
  let wake: (() => void) | undefined;

  const onText = (text: string): void => {
    pieces.push(text);
    wake?.();
  };
  const result = ask(context, { ...options, signal }, { stream: true, onText }).finally(() => {
    over = true;
    wake?.();
  });
  result.catch(() => {});

  const take = async (): Promise<IteratorResult<string, undefined>> => {
    for (;;) {
      const value = pieces.splice(0).join('');
      if (value !== '') return { value, done: false };
      if (over) {
        if (!leaving.signal.aborted) await result;
        return { value: undefined, done: true };
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };

  let tail: Promise<unknown> = Promise.resolve();
  const next = (): Promise<IteratorResult<string, undefined>> => {
    const piece = tail.then(take);
    tail = piece.catch(() => {});
    return piece;
  };

  return {
    result,
    [Symbol.asyncIterator]() {
      if (taken) throw requestInvalid('A streamed answer can be iterated once. Keep what you read, or await "result".');
      taken = true;
      return {
        next,
        // Written by hand: a generator would only hear of this once its pending `next` has an answer.
        async return() {
          leaving.abort();
          return { value: undefined, done: true };
        },
      };
    },
  };
}
