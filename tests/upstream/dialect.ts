import type { IncomingHttpHeaders } from 'node:http';
import type { Answer, Prompt } from './answer.ts';
import type { FaultName } from './faults.ts';

export type Headers = Readonly<Record<string, string>>;
export type RequestBody = Readonly<Record<string, unknown>>;

/** An error as the service words it. */
export interface ErrorReply {
  readonly status: number;
  readonly headers?: Headers;
  readonly body: unknown;
}

/** A stream's events as text, cut where faults may happen. */
export interface StreamEvents {
  /** Before the first token: role, `message_start`, ping. */
  readonly opening: readonly string[];
  readonly tokens: readonly string[];
  /** The finish reason and the usage. */
  readonly closing: readonly string[];
  /** What tells the client that the answer is whole. */
  readonly terminator: string;
}

/** How one service writes requests, answers, streams and errors. */
export interface Dialect {
  readonly name: 'openai' | 'anthropic';
  /** Headers of every reply. */
  headers(requestId: string): Headers;
  /** What is wrong with the request as the service sees it, if anything. */
  complaint(
    headers: IncomingHttpHeaders,
    body: RequestBody,
    requireKey: boolean,
    requestId: string,
  ): ErrorReply | undefined;
  prompt(body: RequestBody): Prompt;
  answer(answer: Answer): unknown;
  events(answer: Answer, streamUsage: boolean): StreamEvents;
  /** The error reply of a fault that is one. */
  error(fault: FaultName, requestId: string, model: string): ErrorReply | undefined;
  /** An error event inside a stream. */
  errorEvent(requestId: string): string;
  /** An event that is not JSON. */
  malformedEvent: string;
  invalidRequest(status: number, message: string, requestId: string): ErrorReply;
  models(ids: readonly string[]): unknown;
}
