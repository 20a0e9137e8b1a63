import diagnostics from 'node:diagnostics_channel';

/** The connection that one call goes over. */
export interface ConnectionUse {
  /** Whether an answer had come over it before this call was sent. */
  isKept(): boolean;
  /** An answer has come to its end. */
  answered(): void;
}

const answeredOver = new WeakSet<object>();
let started: ((socket: object) => void) | undefined;
let isListening = false;

const onHeadSent = (message: unknown): void => {
  const tell = started;
  started = undefined;
  tell?.((message as { readonly socket: object }).socket);
};

/**
 * Follows a call to its connection, from within `onRequestStart`. undici tells nobody which one it takes, but announces the
 * head that it sends right after, in the same turn, on `undici:client:sendHeaders` (undici's `DiagnosticsChannel.md`).
 */
export function followConnection(): ConnectionUse {
  if (!isListening) {
    isListening = true;
    diagnostics.subscribe('undici:client:sendHeaders', onHeadSent);
  }
  let socket: object | undefined;
  let isKept = false;
  started = (taken) => {
    socket = taken;
    isKept = answeredOver.has(taken);
  };
  return {
    isKept: () => isKept,
    answered() {
      if (socket) answeredOver.add(socket);
    },
  };
}
