import { channel } from 'node:diagnostics_channel';
import type { Protocol } from '@hotpath/runtime';

/** A request was answered with an error before it reached the router. Bodies, headers and keys are never in a payload. */
export interface RequestRefusedEvent {
  readonly requestId?: string | undefined;
  readonly protocol: Protocol;
  readonly status: number;
  /** A `SERVER_…` code, or one of a key's refusal. */
  readonly code: string;
  /** Whose key it was, by its id, where that much is known. */
  readonly keyId?: string | undefined;
}

/** The key file was asked, or written to, with whatever it had to wait for; it may have failed. */
export interface KeyQueryEndEvent {
  readonly operation: 'read' | 'write';
  readonly durationMs: number;
}

/** The channels of `node:diagnostics_channel` on which the server speaks. Publishing costs nothing unheard. */
export const channels = {
  requestRefused: channel<RequestRefusedEvent>('hotpath:server:request-refused'),
  keyQueryEnd: channel<KeyQueryEndEvent>('hotpath:server:key-query-end'),
} as const;

/** Announces a refusal, where somebody listens. */
export const announceRefusal = (
  protocol: Protocol,
  { status, code }: { readonly status: number; readonly code?: string },
  about: Pick<RequestRefusedEvent, 'requestId' | 'keyId'> = {},
): void => {
  const { requestRefused } = channels;
  if (requestRefused.hasSubscribers) requestRefused.publish({ ...about, protocol, status, code: code ?? 'unknown' });
};
