/** The protocols a client may speak to us and we may speak to a provider, each with a path of its own. */
export type Protocol = ChatProtocol | 'openai-embeddings' | 'anthropic-count-tokens';

/** Those in which models answer in words; each is translated into each. */
export type ChatProtocol = 'openai-chat' | 'openai-responses' | 'anthropic-messages';

/** What a protocol asks for. Only `chat` is translated and streamed; the others are answered whole, in their own protocol. */
export type Operation = 'chat' | 'embeddings' | 'count-tokens';

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
  /** Input tokens written to the provider's prompt cache, for whatever lifetime. */
  readonly cacheWriteTokens?: number;
  /** Those of `cacheWriteTokens` that were written for the longer lifetime (Anthropic's hour). */
  readonly longCacheWriteTokens?: number;
  /** Output tokens spent on reasoning, where the provider tells. */
  readonly reasoningTokens?: number;
}

export type FinishReason = 'stop' | 'length' | 'stop-sequence' | 'tool-calls' | 'content-filter' | 'other';

/** Where the bytes of an image or a file are. */
export type MediaSource =
  | { readonly kind: 'base64'; readonly mediaType: string; readonly data: string }
  | { readonly kind: 'url'; readonly url: string };

export interface TextPart {
  readonly type: 'text';
  readonly text: string;
}

export interface ImagePart {
  readonly type: 'image';
  readonly source: MediaSource;
  /** How closely to look, where the provider can choose. */
  readonly detail?: 'low' | 'high' | 'auto';
}

/** A document: PDF or plain text. */
export interface FilePart {
  readonly type: 'file';
  readonly source: MediaSource;
  readonly name?: string;
}

/** What lets a provider trust reasoning that comes back to it. Opaque; changed by one character it is refused. */
export interface ReasoningProof {
  /** The protocol in which it was made, and the only one that can read it. */
  readonly protocol: Protocol;
  /** Anthropic's `signature` or redacted `data`, OpenAI's `encrypted_content`. */
  readonly data: string;
  /** OpenAI's id of the reasoning item. */
  readonly id?: string;
}

/** What the model thought before it answered, or a summary of it. `text` is empty where only the provider can read it. */
export interface ReasoningPart {
  readonly type: 'reasoning';
  readonly text: string;
  readonly proof?: ReasoningProof;
}

export interface ToolCallPart {
  readonly type: 'tool-call';
  /** Ties the call to its result. */
  readonly id: string;
  readonly name: string;
  /** JSON text, as the model wrote it. */
  readonly arguments: string;
}

/** The model declines to answer, in words. */
export interface RefusalPart {
  readonly type: 'refusal';
  readonly text: string;
}

export type UserPart = TextPart | ImagePart | FilePart;
export type AssistantPart = TextPart | RefusalPart | ReasoningPart | ToolCallPart;

export type ModelMessage =
  | { readonly role: 'system'; readonly content: readonly TextPart[] }
  | { readonly role: 'user'; readonly content: readonly UserPart[] }
  | { readonly role: 'assistant'; readonly content: readonly AssistantPart[] }
  /** The result of one tool call. */
  | {
      readonly role: 'tool';
      readonly callId: string;
      readonly content: readonly UserPart[];
      /** The tool failed, and `content` says how. */
      readonly isError?: boolean;
    };

/** A function that the model may call. Tools that a provider runs itself are not among them: no other protocol has them. */
export interface ModelTool {
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the arguments, an object. */
  readonly parameters: JsonObject;
  /** Whether the arguments must fit the schema exactly. */
  readonly strict?: boolean;
}

export type ToolChoice = 'auto' | 'none' | 'required' | { readonly name: string };

/** `json`: any object. `json-schema`: one that fits. */
export type ResponseFormat =
  | { readonly type: 'json' }
  | {
      readonly type: 'json-schema';
      readonly name: string;
      readonly schema: JsonObject;
      readonly description?: string;
      readonly strict?: boolean;
    };

/** How much to think. Protocols that know only one of the two derive it from the other. */
export interface ReasoningOptions {
  readonly effort?: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';
  /** Most tokens to think with. */
  readonly budgetTokens?: number;
  /** Whether the client wants to read the reasoning, or a summary of it. */
  readonly visible?: boolean;
}

/** A request that every protocol can express. `system` messages may stand anywhere; formats move them where they must. */
export interface ModelRequest {
  readonly model: string;
  readonly messages: readonly ModelMessage[];
  readonly tools?: readonly ModelTool[];
  readonly toolChoice?: ToolChoice;
  /** Whether the model may call several tools at once. */
  readonly parallelToolCalls?: boolean;
  readonly responseFormat?: ResponseFormat;
  readonly reasoning?: ReasoningOptions;
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly seed?: number;
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
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
  readonly content: readonly AssistantPart[];
  readonly finishReason: FinishReason;
  /** The stop sequence that ended the answer, where the provider tells. */
  readonly stopSequence?: string;
  readonly usage?: Usage;
}

/**
 * What a translation leaves out by the documented policy, told to the client in `x-hotpath-dropped`. Everything else that
 * the other protocol cannot say is refused.
 */
export interface Losses {
  /** `path`: the field as the client named it, such as `messages[2].content[0]`; told once however often it is dropped. */
  drop(path: string): void;
  /** Told by a decoder: where in the client's body a message, or a part of one, stands. */
  read?(thing: ModelMessage | UserPart | AssistantPart, path: string): void;
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

/** How a part of a streamed answer begins. */
export type PartStart =
  | { readonly type: 'text' }
  | { readonly type: 'refusal' }
  | { readonly type: 'reasoning' }
  | { readonly type: 'tool-call'; readonly id: string; readonly name: string };

/**
 * A streamed answer in pieces. `start` comes first; `finish` or `error` last. Parts are numbered from 0 in the order in
 * which they begin; one ends where the next begins, or at the end of the answer. `usage` may arrive in several events.
 */
export type ModelEvent =
  | { readonly type: 'start'; readonly id: string; readonly model: string; readonly usage?: Usage }
  | { readonly type: 'part'; readonly index: number; readonly part: PartStart }
  /** More of part `index`: text, refusal, reasoning, or the JSON text of a tool call's arguments. */
  | { readonly type: 'delta'; readonly index: number; readonly text: string }
  /** The proof of a reasoning part. */
  | { readonly type: 'proof'; readonly index: number; readonly proof: ReasoningProof }
  /** The provider lives. */
  | { readonly type: 'ping' }
  | {
      readonly type: 'finish';
      readonly reason: FinishReason;
      readonly stopSequence?: string;
      readonly usage?: Usage;
    }
  | { readonly type: 'error'; readonly error: ErrorInfo };

/** Reads the bytes of one streamed answer, split anywhere. */
export interface StreamDecoder {
  /** Whether the reason of its end is known: nothing but usage and the terminator can follow. */
  isFinished(): boolean;
  /** Whether a malformed event was skipped: what was decoded is then not the whole answer. */
  skipped(): boolean;
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
  /** Whether the first piece of the answer itself has been seen: text, reasoning or a tool call. */
  hasContent(): boolean;
  /** Whether the reason of its end is known: nothing but usage and the terminator can follow. */
  isFinished(): boolean;
  /** The error that the provider reported inside the answer, once it has. */
  failure(): ErrorInfo | undefined;
  /** Called with every chunk. Returns whether the terminator has now been seen: nothing after it matters. */
  push(chunk: Uint8Array): boolean;
  /** What the answer came to, once the bytes have ended. */
  end(): AnswerSummary;
}

/**
 * One protocol: how its requests, answers, streams and errors are written. Stateless; streams get objects of their own. Of a
 * protocol for anything but `chat`, what reads and writes requests, answers and streams throws `ROUTER_OPERATION_UNSUPPORTED`.
 */
export interface WireFormat {
  readonly protocol: Protocol;
  readonly operation: Operation;
  /** Path below a provider's base URL, such as `/chat/completions`. */
  readonly path: string;
  /**
   * Reads a request. Throws `ROUTER_FIELD_UNSUPPORTED` naming the field for anything a `ModelRequest` cannot carry, and
   * `ROUTER_REQUEST_INVALID` for what the protocol itself forbids. Called only to translate: same protocol, bytes pass.
   */
  decodeRequest(body: JsonObject, losses?: Losses): ModelRequest;
  /** Throws `ROUTER_FIELD_UNSUPPORTED` naming the field of the `ModelRequest` that this protocol cannot say. */
  encodeRequest(request: ModelRequest, losses?: Losses): JsonObject;
  /** Reads a whole answer. Throws `ROUTER_ANSWER_INVALID` for a body that is not one. */
  decodeAnswer(body: JsonObject): ModelAnswer;
  encodeAnswer(answer: ModelAnswer): JsonObject;
  /**
   * What a whole answer came to, read without decoding the rest: `cut` where no finish reason tells that it is whole.
   * Throws `ROUTER_ANSWER_INVALID` for a body that has nothing of an answer.
   */
  summarise(body: JsonObject): AnswerSummary;
  /** In place of `summarise` where answers are too large to be parsed; throws also for what is no JSON object. */
  summariseBytes?(body: Buffer): AnswerSummary;
  /** Reads an error body of any shape; falls back on the status where the body says nothing. */
  decodeError(status: number, body: Json | undefined): ErrorInfo;
  encodeError(error: ErrorInfo): JsonObject;
  streamDecoder(): StreamDecoder;
  streamEncoder(options?: { readonly streamUsage?: boolean }): StreamEncoder;
  streamTap(): StreamTap;
}
