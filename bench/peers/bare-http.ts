import { createServer, type Socket } from 'node:net';

// Upstreams share a core with the load generator, so they must cost less than any gateway: bytes built beforehand over bare
// sockets, and of HTTP only what these benches send (a length, one request at a time).

export interface BareRequest {
  readonly isGet: boolean;
  readonly path: string;
  readonly body: Buffer;
}

/** A response's head; `transfer-encoding` or `content-length` is up to the caller. */
export const bareHead = (status: string, headers: Readonly<Record<string, string | number>>): string =>
  `HTTP/1.1 ${status}\r\n${Object.entries({ date: new Date().toUTCString(), 'x-request-id': 'req_bench', ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}connection: keep-alive\r\nkeep-alive: timeout=120\r\n\r\n`;

/** A whole response of JSON. */
export const bareAnswer = (status: string, body: string): Buffer =>
  Buffer.from(
    bareHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }) + body,
  );

/** The head of a stream of events, which follow as chunks. */
export const bareStreamHead = (): string =>
  bareHead('200 OK', {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    'transfer-encoding': 'chunked',
  });

export const bareChunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
export const bareLastChunk = '0\r\n\r\n';

export const modelList = bareAnswer(
  '200 OK',
  '{"object":"list","data":[{"id":"gpt-4o-mini","object":"model","created":1763596800,"owned_by":"system"}]}',
);

const lengthRequired = bareAnswer(
  '411 Length Required',
  '{"error":{"message":"Send a content-length.","type":"invalid_request_error"}}',
);
const headEnd = Buffer.from('\r\n\r\n');
const nothing: Buffer = Buffer.alloc(0);

/** Listens, and hands over each request once it is whole. `left` is told of connections that have ended. */
export const serveBare = (
  port: number,
  serve: (socket: Socket, request: BareRequest) => void,
  left: (socket: Socket) => void = () => {},
): void => {
  /** Takes one request off the bytes. Returns what is left, or all of it while the request is not whole. */
  const take = (socket: Socket, bytes: Buffer): Buffer => {
    const end = bytes.indexOf(headEnd);
    if (end < 0) return bytes;
    const text = bytes.toString('latin1', 0, end);
    const isGet = text.startsWith('GET ');
    const length = isGet ? 0 : Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? Number.NaN);
    if (Number.isNaN(length)) {
      socket.end(lengthRequired);
      return nothing;
    }
    const bodyAt = end + 4;
    if (bytes.length < bodyAt + length) return bytes;
    const path = text.slice(text.indexOf(' ') + 1, text.indexOf(' HTTP/'));
    serve(socket, { isGet, path, body: bytes.subarray(bodyAt, bodyAt + length) });
    return bytes.subarray(bodyAt + length);
  };

  createServer({ noDelay: true }, (socket) => {
    let rest = nothing;
    socket.on('data', (bytes: Buffer) => {
      rest = take(socket, rest.length === 0 ? bytes : Buffer.concat([rest, bytes]));
    });
    socket.on('close', () => left(socket));
    // A client that leaves is none of our business here.
    socket.on('error', () => socket.destroy());
  }).listen({ port, host: '127.0.0.1', backlog: 4096 });

  process.on('SIGTERM', () => process.exit(0));
};
