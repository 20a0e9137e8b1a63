/** The protocols a client may speak to us and we may speak to a provider. */
export type Protocol = 'openai-chat' | 'anthropic-messages';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** Tokens as billed. `inputTokens` includes the cached ones (OpenTelemetry's GenAI convention). */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Input tokens read from the provider's prompt cache. */
  readonly cachedInputTokens?: number;
  /** Input tokens written to the provider's prompt cache. */
  readonly cacheWriteTokens?: number;
  /** Output tokens spent on reasoning, where the provider tells. */
  readonly reasoningTokens?: number;
}

export type FinishReason = 'stop' | 'length' | 'stop-sequence' | 'tool-calls' | 'content-filter' | 'other';

export interface ModelMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** A request that every protocol can express. `system` messages may stand anywhere; formats move them where they must. */
export interface ModelRequest {
  readonly model: string;
  readonly messages: readonly ModelMessage[];
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly stopSequences?: readonly string[];
  /** Opaque end-user id for the provider's abuse checks. */
  readonly user?: string;
  readonly stream: boolean;
  /** Whether the client wants usage in the stream (OpenAI's `stream_options.include_usage`). */
  readonly streamUsage?: boolean;
}

export interface ModelAnswer {
  readonly id: string;
  readonly model: string;
  readonly text: string;
  readonly finishReason: FinishReason;
  /** The stop sequence that ended the answer, where the provider tells. */
  readonly stopSequence?: string;
  readonly usage?: Usage;
}

/** A provider's error, whatever protocol it came in. */
export interface ErrorInfo {
  /** HTTP status that carried the error, or the one to answer with. */
  readonly status: number;
  /** The protocol's error type, such as `invalid_request_error` or `overloaded_error`. */
  readonly type: string;
  readonly message: string;
  /** Machine-readable code, such as `model_not_found`; ours are `ROUTER_…` and `SERVER_…`. */
  readonly code?: string;
  /** The field at fault. */
  readonly param?: string;
}

/** A streamed answer in pieces. `start` comes first; `finish` or `error` last. `usage` fields may arrive in several events. */
export type ModelEvent =
  | { readonly type: 'start'; readonly id: string; readonly model: string; readonly usage?: Usage }
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'finish';
      readonly reason: FinishReason;
      readonly stopSequence?: string;
      readonly usage?: Usage;
    }
  | { readonly type: 'error'; readonly error: ErrorInfo };

/** Reads the bytes of one streamed answer, split anywhere. */
export interface StreamDecoder {
  /** Whether a malformed event was skipped: what was decoded is then not the whole answer. */
  readonly skipped: boolean;
  /** Events that these bytes completed, in order. A malformed event is skipped in place. */
  push(chunk: Uint8Array): readonly ModelEvent[];
  /** Events that only the end of the bytes reveals (a finish without its terminator). Nothing more follows. */
  end(): readonly ModelEvent[];
}

/** Writes one streamed answer. Each call returns the bytes to send now, possibly none. */
export interface StreamEncoder {
  push(event: ModelEvent): string;
}

/** What an observed answer came to. */
export interface AnswerSummary {
  /**
   * `complete`: the terminator, or a finish reason and then a clean end, was seen. `cut`: the bytes ended before that.
   * `error`: the provider reported an error inside the answer.
   */
  readonly outcome: 'complete' | 'cut' | 'error';
  readonly model?: string;
  readonly finishReason?: FinishReason;
  readonly usage?: Usage;
  readonly error?: ErrorInfo;
  /** Bytes to append so that a whole answer without its terminator ends as clients expect (`data: [DONE]`). */
  readonly closing?: string;
}

/** Watches the bytes of a streamed answer on their way, without changing them. */
export interface StreamTap {
  /** Called with every chunk. Returns whether the terminator has now been seen: nothing after it matters. */
  push(chunk: Uint8Array): boolean;
  /** What the answer came to, once the bytes have ended. */
  end(): AnswerSummary;
}

/** One protocol: how its requests, answers, streams and errors are written. Stateless; streams get objects of their own. */
export interface WireFormat {
  readonly protocol: Protocol;
  /** Path below a provider's base URL, such as `/chat/completions`. */
  readonly path: string;
  /**
   * Reads a request. Throws `ROUTER_FIELD_UNSUPPORTED` naming the field for anything a `ModelRequest` cannot carry, and
   * `ROUTER_REQUEST_INVALID` for what the protocol itself forbids. Called only to translate: same protocol, bytes pass.
   */
  decodeRequest(body: JsonObject): ModelRequest;
  encodeRequest(request: ModelRequest): JsonObject;
  /** Reads a whole answer. Throws `ROUTER_ANSWER_INVALID` for a body that is not one. */
  decodeAnswer(body: JsonObject): ModelAnswer;
  encodeAnswer(answer: ModelAnswer): JsonObject;
  /** What a whole answer came to, read without decoding the rest: `cut` where no finish reason tells that it is whole. */
  summarise(body: JsonObject): AnswerSummary;
  /** Reads an error body of any shape; falls back on the status where the body says nothing. */
  decodeError(status: number, body: Json | undefined): ErrorInfo;
  encodeError(error: ErrorInfo): JsonObject;
  streamDecoder(): StreamDecoder;
  streamEncoder(options?: { readonly streamUsage?: boolean }): StreamEncoder;
  streamTap(): StreamTap;
}
