import type {
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
  SharedV4ProviderMetadata,
  SharedV4Warning,
} from '@ai-sdk/provider';
import { answerInvalid } from '../errors.ts';
import type { AnswerCost, AnswerHead, AnswerSink, Ticket } from '../exchange.ts';
import { splitEvents } from '../sse.ts';
import type { JsonObject, ModelEvent, Usage, WireFormat } from '../wire-format.ts';
import { readAtOnce } from './read-whole.ts';
import { createPartWriter, type PartWriter } from './stream-parts.ts';

export interface StreamSinkOptions {
  readonly format: WireFormat;
  readonly body: JsonObject;
  readonly signal: AbortSignal | undefined;
  readonly includeRawChunks: boolean;
  readonly metadataOf: (head: AnswerHead, usage: Usage | undefined, cost: AnswerCost) => SharedV4ProviderMetadata;
  readonly warningsOf: (head: AnswerHead) => SharedV4Warning[];
  readonly wrapError: (error: unknown) => unknown;
}

/** A streamed answer on its way to the AI SDK. */
export interface StreamSink {
  /** Resolves once the answer has begun; rejects where it never does. */
  readonly result: Promise<LanguageModelV4StreamResult>;
  readonly sink: AnswerSink;
  /** Hands over the hold on the answer. */
  attach(ticket: Ticket): void;
}

/** Parts that may wait to be read before the router is told to hold back. */
const readAhead = 64;

export function openStream(options: StreamSinkOptions): StreamSink {
  const { format, body, signal, wrapError } = options;
  const { promise: result, resolve, reject } = Promise.withResolvers<LanguageModelV4StreamResult>();
  const decoder = format.streamDecoder();
  let ticket: Ticket | undefined;
  let controller: ReadableStreamDefaultController<LanguageModelV4StreamPart> | undefined;
  let writer: PartWriter | undefined;
  let isOver = false;
  let cost: AnswerCost = {};
  /** Told with the end, when it is known what the answer cost. */
  let finished: ModelEvent | undefined;

  const raw = options.includeRawChunks
    ? splitEvents(({ data }) => {
        if (data !== '' && data !== '[DONE]') controller?.enqueue({ type: 'raw', rawValue: rawOf(data) });
      })
    : undefined;

  const finish = (): boolean => {
    if (isOver) return false;
    isOver = true;
    signal?.removeEventListener('abort', onAbort);
    return true;
  };

  const onAbort = (): void => {
    if (!finish()) return;
    ticket?.leave();
    if (controller) controller.error(signal?.reason);
    else reject(signal?.reason);
  };

  const begin = (head: AnswerHead): void => {
    const stream = new ReadableStream<LanguageModelV4StreamPart>(
      {
        start(opened) {
          controller = opened;
        },
        pull: () => ticket?.resume(),
        cancel() {
          if (finish()) ticket?.leave();
        },
      },
      { highWaterMark: readAhead },
    );
    writer = createPartWriter({
      provider: head.provider,
      now: () => new Date(),
      finish: (usage) => ({ providerMetadata: options.metadataOf(head, usage, cost) }),
      wrapError,
    });
    enqueue([{ type: 'stream-start', warnings: options.warningsOf(head) }]);
    resolve({ stream, request: { body }, response: { headers: head.headers } });
  };

  const enqueue = (parts: readonly LanguageModelV4StreamPart[]): void => {
    for (const part of parts) controller?.enqueue(part);
  };

  const write = (events: readonly ModelEvent[]): void => {
    for (const event of events) {
      if (event.type === 'finish') finished = event;
      else enqueue(writer?.push(event) ?? []);
    }
  };

  /** Nothing more comes: what was not finished by then is a failure. */
  const close = (error: unknown): void => {
    if (!finish()) return;
    if (finished) enqueue(writer?.push(finished) ?? []);
    enqueue(writer?.fail(error) ?? []);
    controller?.close();
  };

  const unfinished = () => answerInvalid('A streamed answer ended without a finish. Try again.');

  const sink: AnswerSink = {
    start: begin,
    data(chunk) {
      if (isOver) return true;
      raw?.push(chunk);
      write(decoder.push(chunk));
      return (controller?.desiredSize ?? 1) > 0;
    },
    end(summary) {
      if (isOver) return;
      cost = summary;
      write(decoder.end());
      close(unfinished());
    },
    whole(head, bytes) {
      if (isOver) return;
      try {
        const events = readAtOnce(format, head, bytes);
        cost = head;
        begin(head);
        raw?.push(bytes);
        write(events);
        close(unfinished());
      } catch (error) {
        if (finish()) reject(error);
      }
    },
    fail(error, told = {}) {
      cost = told;
      if (writer) close(error);
      else if (finish()) reject(error);
    },
  };

  if (!isOver) signal?.addEventListener('abort', onAbort, { once: true });
  return {
    result,
    sink,
    attach(held) {
      ticket = held;
      if (isOver) held.leave();
    },
  };
}

function rawOf(data: string): unknown {
  try {
    return JSON.parse(data) as unknown;
  } catch {
    return data;
  }
}
