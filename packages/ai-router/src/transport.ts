import zlib from 'node:zlib';
import type { Dispatcher, Pool } from 'undici';
import { type ConnectionUse, followConnection } from './connection-use.ts';
import { createDeadline } from './deadline.ts';
import { nodeTooOld, type RouterError, upstreamClosed, upstreamUnreachable } from './errors.ts';
import type { AnswerReceiver, CallControl, Timeouts } from './provider.ts';

/** One HTTP exchange with an upstream. */
export interface HttpCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Names and values in turn, as undici takes them fastest. */
  readonly headers: readonly string[];
  readonly body?: Uint8Array | string;
  readonly stream: boolean;
  readonly timeouts: Timeouts;
  /** Whether a call that may have arrived is not sent again, whatever became of its connection. @default false */
  readonly once?: boolean;
}

/** Connections to one origin. */
export interface Transport {
  /** Starts a call; see `Provider.send`. */
  send(call: HttpCall, receiver: AnswerReceiver): CallControl;
  /** Loads the HTTP client now rather than at the first call. */
  prepare(): Promise<void>;
  close(): Promise<void>;
}

export interface TransportOptions {
  readonly origin: string;
  /** Named in errors. */
  readonly provider: string;
}

/**
 * Speaks HTTP/1.1 through an undici `Pool` with plain callbacks: WHATWG `fetch` and streams cost four to six times the
 * CPU of `dispatch`. undici is loaded at the first call, since importing it costs as much as starting Node. Throws
 * `ROUTER_NODE_TOO_OLD` where it could not be.
 */
export function createTransport(options: TransportOptions): Transport {
  if (!zlib.createZstdDecompress) throw nodeTooOld(options.provider);
  let pool: Pool | undefined;
  let opening: Promise<Pool> | undefined;
  let closed = false;

  const open = (): Promise<Pool> => {
    opening ??= import('undici').then(({ Pool }) => {
      pool = new Pool(options.origin, {
        // Our own deadlines replace undici's: they know what a first token is and when we asked for a pause.
        headersTimeout: 0,
        bodyTimeout: 0,
        // Each call has a limit of its own; this one only ends what no call waits for any more.
        connect: { timeout: 120_000 },
        keepAliveTimeout: 30_000,
      });
      if (closed) void pool.destroy();
      return pool;
    });
    return opening;
  };

  const dispatch = (target: Pool, call: HttpCall, handler: Dispatcher.DispatchHandler): void => {
    target.dispatch(
      {
        method: call.method,
        path: call.path,
        headers: call.headers as string[],
        body: call.body ?? null,
      },
      handler,
    );
  };

  return {
    send(call, receiver) {
      let resends = 0;
      /** Sends the call again where its connection broke before an answer. Returns whether it does. */
      const resend = (cause: unknown, connection: ConnectionUse | undefined): boolean => {
        const target = pool;
        if (call.once || !target || closed || resends >= mostResends) return false;
        if (!connection?.isKept() || !isReset(cause)) return false;
        resends += 1;
        // The pool still has to see the end of the connection.
        setImmediate(() => start(target));
        return true;
      };
      const { control, handler, fail, sending } = createHandler(call, receiver, options.provider, resend);
      const start = (target: Pool): void => {
        sending(true);
        try {
          dispatch(target, call, handler);
        } catch (cause) {
          queueMicrotask(() => fail(cause));
        }
        sending(false);
      };
      if (closed) queueMicrotask(() => fail(new Error('the transport is closed')));
      else if (pool) start(pool);
      else open().then(start, fail);
      return control;
    },
    async prepare() {
      await open();
    },
    async close() {
      closed = true;
      await opening?.catch(() => {});
      await pool?.destroy();
    },
  };
}

/**
 * A provider may close a kept connection in the very moment in which a call takes it. Nobody is at fault, and the next
 * connection will do (RFC 9112, 9.3.1): such a call is sent again so often.
 */
const mostResends = 3;
const resetCodes: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);
const isReset = (cause: unknown): boolean => resetCodes.has((cause as { code?: unknown } | null | undefined)?.code);

type Resend = (cause: unknown, connection: ConnectionUse | undefined) => boolean;

function createHandler(call: HttpCall, receiver: AnswerReceiver, provider: string, resend: Resend) {
  let controller: Dispatcher.DispatchController | undefined;
  let connection: ConnectionUse | undefined;
  let paused = false;
  let settled = false;
  let headed = false;
  let dispatching = false;

  const settle = (): boolean => {
    if (settled) return false;
    settled = true;
    deadline.clear();
    return true;
  };
  const fail = (cause: unknown): void => {
    if (!settled && !headed && resend(cause, connection)) return;
    if (!settle()) return;
    receiver.onError(headed ? upstreamClosed(provider, cause) : upstreamUnreachable(provider, cause));
  };
  // A whole answer starts when it is finished: only a stream has a first token to wait for.
  const timeouts = call.stream ? call.timeouts : { ...call.timeouts, firstTokenMs: 0 };
  const deadline = createDeadline(timeouts, provider, (error: RouterError) => {
    if (!settle()) return;
    controller?.abort(error);
    receiver.onError(error);
  });

  const control: CallControl = {
    pause() {
      if (settled) return;
      paused = true;
      controller?.pause();
      deadline.suspend();
    },
    resume() {
      paused = false;
      if (!settled) deadline.progress();
      controller?.resume();
    },
    abort() {
      if (settle()) controller?.abort(new Error('aborted'));
    },
  };

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(started) {
      controller = started;
      // The call was given up while it waited for a connection.
      if (settled) started.abort(new Error('aborted'));
      else {
        connection = followConnection();
        deadline.connected();
      }
    },
    onResponseStart(_controller, status, headers) {
      if (settled || status < 200) return;
      headed = true;
      if (!call.stream) deadline.progress();
      receiver.onHead(status, headers);
      if (paused) controller?.pause();
    },
    onResponseData(_controller, chunk) {
      if (settled) return;
      if (!paused) deadline.progress();
      receiver.onData(chunk);
    },
    onResponseError(_controller, error) {
      // undici reports what is wrong with a request (a header that cannot be sent) from within `dispatch`.
      if (dispatching) queueMicrotask(() => fail(error));
      else fail(error);
    },
    onResponseEnd() {
      connection?.answered();
      if (settle()) receiver.onEnd();
    },
  };

  return {
    control,
    handler,
    fail,
    sending(now: boolean) {
      dispatching = now;
    },
  };
}
