import { createServer, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { answerBody, streamPieces } from './payload.ts';

// The upstream of the gateway benches. It shares a core with the load generator, so it must cost less than any gateway:
// bytes built beforehand over bare sockets, and of HTTP only what these benches send (a length, one request at a time).
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '9000' },
    /** Milliseconds between two pieces of a stream. */
    'piece-ms': { type: 'string', default: '2' },
    /** Milliseconds before a whole answer. */
    'answer-ms': { type: 'string', default: '0' },
  },
});
const answerMs = Number(values['answer-ms']);

const head = (status: string, headers: Readonly<Record<string, string | number>>): string =>
  `HTTP/1.1 ${status}\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}connection: keep-alive\r\nkeep-alive: timeout=120\r\n\r\n`;

const whole = (status: string, body: string): Buffer =>
  Buffer.from(
    head(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      date: new Date().toUTCString(),
      'x-request-id': 'req_bench',
    }) + body,
  );

const answer = whole('200 OK', answerBody);
const models = whole(
  '200 OK',
  '{"object":"list","data":[{"id":"gpt-4o-mini","object":"model","created":1763596800,"owned_by":"system"}]}',
);
const lengthRequired = whole(
  '411 Length Required',
  '{"error":{"message":"Send a content-length.","type":"invalid_request_error"}}',
);
const streamHead = head('200 OK', {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  'transfer-encoding': 'chunked',
  date: new Date().toUTCString(),
  'x-request-id': 'req_bench',
});
const pieces = streamPieces.map((piece, index) =>
  Buffer.from(
    `${index === 0 ? streamHead : ''}${Buffer.byteLength(piece).toString(16)}\r\n${piece}\r\n${index === streamPieces.length - 1 ? '0\r\n\r\n' : ''}`,
  ),
);
const headEnd = Buffer.from('\r\n\r\n');
const streamMark = Buffer.from('"stream":true');

let answers = 0;
let streams = 0;
const open = new Map<Socket, number>();

// One clock for all streams: every piece is a write of its own, and the timers cost the same for one stream as for many.
setInterval(() => {
  for (const [socket, next] of open) {
    const piece = pieces[next];
    if (piece === undefined || next === pieces.length - 1) open.delete(socket);
    else open.set(socket, next + 1);
    if (piece !== undefined) socket.write(piece);
  }
}, Number(values['piece-ms']));

const reply = (socket: Socket): void => {
  answers++;
  socket.write(answer);
};

const serve = (socket: Socket, isGet: boolean, path: string, body: Buffer): void => {
  if (isGet) {
    socket.write(path === '/counts' ? whole('200 OK', JSON.stringify({ answers, streams })) : models);
  } else if (body.includes(streamMark)) {
    streams++;
    socket.write(pieces[0] ?? '');
    open.set(socket, 1);
  } else if (answerMs > 0) setTimeout(reply, answerMs, socket);
  else reply(socket);
};

/** Takes one request off the bytes. Returns what is left, or all of it while the request is not whole. */
const take = (socket: Socket, bytes: Buffer): Buffer => {
  const end = bytes.indexOf(headEnd);
  if (end < 0) return bytes;
  const text = bytes.toString('latin1', 0, end);
  const isGet = text.startsWith('GET ');
  const length = isGet ? 0 : Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? Number.NaN);
  if (Number.isNaN(length)) {
    socket.end(lengthRequired);
    return Buffer.alloc(0);
  }
  const bodyAt = end + 4;
  if (bytes.length < bodyAt + length) return bytes;
  serve(
    socket,
    isGet,
    text.slice(text.indexOf(' ') + 1, text.indexOf(' HTTP/')),
    bytes.subarray(bodyAt, bodyAt + length),
  );
  return bytes.subarray(bodyAt + length);
};

createServer({ noDelay: true }, (socket) => {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => {
    rest = take(socket, rest.length === 0 ? bytes : Buffer.concat([rest, bytes]));
  });
  socket.on('close', () => open.delete(socket));
  // A client that leaves is none of our business here.
  socket.on('error', () => socket.destroy());
}).listen(Number(values.port), '127.0.0.1');

process.on('SIGTERM', () => process.exit(0));
