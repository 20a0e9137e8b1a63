import type { Credential } from './credential.ts';
import type { BatchApi } from './economy/batch-api.ts';
import type { RouterError } from './errors.ts';
import type { Protocol } from './wire-format.ts';

/** Limits in time of one call to a provider, in milliseconds; 0 switches one off. */
export interface Timeouts {
  /** Until the connection stands. */
  readonly connectMs: number;
  /** From sending until the first byte of a streamed answer. Whole answers have only the total. */
  readonly firstTokenMs: number;
  /** Between two chunks. Time in which we asked the provider to pause does not count. */
  readonly idleMs: number;
  /** From sending until the end. */
  readonly totalMs: number;
}

export const defaultTimeouts: Timeouts = {
  connectMs: 10_000,
  firstTokenMs: 120_000,
  idleMs: 120_000,
  totalMs: 600_000,
};

/** One call, in a protocol that the provider speaks. */
export interface ProviderCall {
  readonly protocol: Protocol;
  /** Request body in JSON, ready to send. */
  readonly body: Uint8Array | string;
  readonly stream: boolean;
  /** The client's end-to-end headers that the protocol gives a meaning (`anthropic-beta`, `openai-organization`). */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeouts: Timeouts;
  /** The trace of the request that the call is made for, as the exchange has it. */
  readonly traceparent?: string;
  /** The query of the client's address, where it spoke this protocol. */
  readonly query?: string;
  /** The client's own key, to be sent in place of the provider's; only ever one that the provider takes. */
  readonly credential?: Credential;
}

/** Receives one answer. `onHead`, then any number of `onData`, then exactly one of `onEnd` and `onError`; after `abort` nothing. */
export interface AnswerReceiver {
  onHead(status: number, headers: Readonly<Record<string, string | readonly string[] | undefined>>): void;
  /** The bytes are the receiver's to keep. */
  onData(chunk: Buffer): void;
  onEnd(): void;
  onError(error: RouterError): void;
}

/** The running call. */
export interface CallControl {
  pause(): void;
  resume(): void;
  /** Cancels the call at the provider at once. Safe to call at any time, any number of times. */
  abort(): void;
}

/** A source of model answers. */
export interface Provider {
  /** The name before the slash in `provider/model`. */
  readonly id: string;
  /** The protocols it speaks, best first. */
  readonly protocols: readonly Protocol[];
  /**
   * Tells apart providers of one id that may answer differently, such as by their address; part of the cache key.
   * @default ""
   */
  readonly scope?: string;
  /** Whether a bare model name is this provider's by its looks (`claude-…`), for models no list names. */
  owns?(model: string): boolean;
  /** Whether a client's own key is sent to it in place of its own. @default none is */
  takes?(credential: Credential): boolean;
  /** Whether it refuses whoever has no key, and has none of its own: only clients with one that it takes get anywhere. */
  readonly needsKey?: boolean;
  /** Puts `***` in place of its own keys in a text: errors of an API often quote the key. @default it has none to hide */
  redact?(text: string): string;
  /** The models it offers now, to the holder of the key where there is one. Rejects with a `RouterError`. */
  models(options?: { readonly signal?: AbortSignal; readonly credential?: Credential }): Promise<readonly string[]>;
  /** Starts a call. Never throws, and calls nothing of the receiver before it has returned. */
  send(call: ProviderCall, receiver: AnswerReceiver): CallControl;
  /** Answers at half price for those who can wait; absent where it has none. */
  readonly batches?: BatchApi;
  /** Loads what the first call would have to wait for; optional. */
  prepare?(): Promise<void>;
  /** Closes connections; safe to call twice. */
  close(): Promise<void>;
}
