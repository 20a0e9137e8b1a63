import { decompress } from '../decompress.ts';
import type { AnswerReceiver } from '../provider.ts';
import { createTransport, type HttpCall, type Transport } from '../transport.ts';

/** A `fetch` with connections of its own. */
export interface UndiciFetch {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** Closes its connections; calls under way fail. Safe to call twice. */
  close(): Promise<void>;
}

const timeouts = { connectMs: 10_000, firstTokenMs: 0, idleMs: 0, totalMs: 0 };
/** How much of a streamed body is read ahead, bytes. */
const readAhead = 65_536;

/**
 * A `fetch` for the providers of the AI SDK (their option `fetch`), for about half the CPU of Node's own: it sends through
 * pools of undici and makes a stream of a body only where the body is one. Connecting may take 10 seconds. Redirects are
 * not followed. What is not a plain GET or POST of text or bytes goes to Node's `fetch`.
 */
export function undiciFetch(): UndiciFetch {
  const transports = new Map<string, Transport>();

  const transportTo = ({ origin, host }: URL): Transport => {
    const known = transports.get(origin);
    if (known) return known;
    const transport = createTransport({ origin, provider: host });
    transports.set(origin, transport);
    return transport;
  };

  const fetchThrough = (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const { method = 'GET', body, signal } = init;
    const isPlain = body === undefined || body === null || typeof body === 'string' || body instanceof Uint8Array;
    if (input instanceof Request || !isPlain || (method !== 'GET' && method !== 'POST')) {
      return globalThis.fetch(input, init);
    }
    const url = typeof input === 'string' ? new URL(input) : input;
    const call: HttpCall = {
      method,
      path: url.pathname + url.search,
      headers: headerList(init.headers),
      ...(body && { body }),
      stream: true,
      timeouts,
    };
    return exchange(transportTo(url), call, { signal: signal ?? undefined, provider: url.host });
  };

  return Object.assign(fetchThrough, {
    async close() {
      await Promise.all([...transports.values()].map((transport) => transport.close()));
    },
  });
}

function exchange(
  transport: Transport,
  call: HttpCall,
  { signal, provider }: { readonly signal: AbortSignal | undefined; readonly provider: string },
): Promise<Response> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    let head: ResponseInit | undefined;
    let body: ReadableStreamDefaultController<Uint8Array> | undefined;
    const chunks: Buffer[] = [];

    const finish = (settle: () => void): void => {
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    const leave = (): void => {
      control.abort();
      receiver.abandon();
    };
    const onAbort = (): void => {
      leave();
      if (body) body.error(signal?.reason);
      else reject(signal?.reason);
    };

    const receiver = decompress(
      {
        onHead(status, headers) {
          head = { status, statusText: statusText(status), headers: headersOf(headers) };
          const type = headers['content-type'];
          // A whole answer is cheaper read at once than through a stream.
          if ((typeof type === 'string' && type.startsWith('application/json')) || hasNoBody(status)) return;
          const stream = new ReadableStream<Uint8Array>(
            {
              start(controller) {
                body = controller;
              },
              pull: () => control.resume(),
              cancel: () => finish(leave),
            },
            new ByteLengthQueuingStrategy({ highWaterMark: readAhead }),
          );
          resolve(new Response(stream, head));
        },
        onData(chunk) {
          if (!body) {
            chunks.push(chunk);
            return;
          }
          body.enqueue(chunk);
          if ((body.desiredSize ?? 0) <= 0) control.pause();
        },
        onEnd() {
          finish(() => {
            if (body) body.close();
            else resolve(new Response(hasNoBody(head?.status) ? null : bytesOf(chunks), head));
          });
        },
        onError(cause) {
          finish(() => {
            if (body) body.error(cause);
            // What `fetch` throws, and what the AI SDK knows as a network error.
            else reject(new TypeError('fetch failed', { cause }));
          });
        },
      },
      provider,
    );
    const control = transport.send(call, receiver);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Its name, for which alone `node:http` would be loaded: that takes as long as starting this module. */
const statusText = (status: number): string =>
  status === 200 ? 'OK' : (process.getBuiltinModule('node:http').STATUS_CODES[status] ?? '');

const hasNoBody = (status: number | undefined): boolean => status === 204 || status === 205 || status === 304;

const bytesOf = (chunks: readonly Buffer[]): Uint8Array<ArrayBuffer> => {
  const [only] = chunks;
  return (only && chunks.length === 1 ? only : Buffer.concat(chunks)) as Uint8Array<ArrayBuffer>;
};

function headerList(headers: RequestInit['headers'] = {}): string[] {
  const isList = headers instanceof Headers || Array.isArray(headers);
  const entries: Iterable<readonly [string, unknown]> = isList ? headers : Object.entries(headers);
  const list: string[] = [];
  let encodes = false;
  for (const [name, value] of entries) {
    if (value === undefined) continue;
    const lower = name.toLowerCase();
    encodes ||= lower === 'accept-encoding';
    list.push(lower, String(value));
  }
  if (!encodes) list.push('accept-encoding', 'identity');
  return list;
}

/** Without those that describe bytes which were decompressed. */
function headersOf(received: Parameters<AnswerReceiver['onHead']>[1]): [string, string][] {
  const isEncoded = received['content-encoding'] !== undefined;
  const headers: [string, string][] = [];
  for (const name in received) {
    if (isEncoded && (name === 'content-encoding' || name === 'content-length')) continue;
    const value = received[name];
    if (typeof value === 'string') headers.push([name, value]);
    else for (const each of value ?? []) headers.push([name, each]);
  }
  return headers;
}
