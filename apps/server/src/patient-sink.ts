import type { ServerResponse } from 'node:http';
import { type AnswerHead, type AnswerSink, formats, type JsonObject, type Protocol } from '@hotpath/runtime';
import { ownRequestIdHeader } from './request-id.ts';

export interface PatientSinkOptions {
  readonly protocol: Protocol;
  readonly requestId: string;
  /** How often a silent stream gets a comment, milliseconds. */
  readonly everyMs: number;
}

export interface PatientSink extends AnswerSink {
  /** Whether no piece of the answer has come yet. */
  isWaiting(): boolean;
}

/**
 * Keeps a stream alive whose answer may take hours: it begins before there is anything to say, and gets a comment now and then,
 * which readers of server-sent events leave out. Without it clients give up after some minutes without a head. What goes wrong
 * after that is told in the stream.
 */
export function createPatientSink(
  sink: AnswerSink,
  response: ServerResponse,
  options: PatientSinkOptions,
): PatientSink {
  const { protocol, requestId, everyMs } = options;
  let isOpen = false;
  let isWaiting = true;

  const tick = (): void => {
    if (response.destroyed) {
      stop();
      return;
    }
    if (!isOpen) {
      isOpen = true;
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache',
        'x-accel-buffering': 'no',
        [ownRequestIdHeader]: requestId,
      });
    }
    response.write(': waiting\n\n');
  };
  const timer = setInterval(tick, everyMs);
  const stop = (): void => {
    isWaiting = false;
    clearInterval(timer);
  };
  response.once('close', stop);

  const errorEvent = ({ status }: AnswerHead, body: Buffer): string => {
    let parsed: JsonObject | undefined;
    try {
      parsed = JSON.parse(body.toString()) as JsonObject;
    } catch {
      // Whatever it is, it is an error.
    }
    const format = formats[protocol];
    return format.streamEncoder().push({ type: 'error', error: format.decodeError(status, parsed) });
  };

  return {
    isWaiting: () => isWaiting,
    whole(head, body) {
      stop();
      if (!isOpen) sink.whole(head, body);
      else if (!response.destroyed) response.end(head.status === 200 ? body : errorEvent(head, body));
    },
    start(head) {
      stop();
      if (!isOpen) sink.start(head);
    },
    data: (chunk) => sink.data(chunk),
    end: (summary) => sink.end(summary),
    fail(error, cost) {
      stop();
      sink.fail(error, cost);
    },
  };
}
