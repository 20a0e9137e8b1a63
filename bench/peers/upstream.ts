import type { Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { bareAnswer, bareChunk, bareLastChunk, bareStreamHead, modelList, serveBare } from './bare-http.ts';
import { heavyTailMs } from './heavy-tail.ts';
import { answerBody, streamPieces } from './payload.ts';

// The upstream of the gateway benches.
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '9000' },
    /** Milliseconds between two pieces of a stream. */
    'piece-ms': { type: 'string', default: '2' },
    /** Milliseconds before a whole answer. */
    'answer-ms': { type: 'string', default: '0' },
    /** Lets each whole answer take as long as its own draw of the heavy tail says. */
    'heavy-tail': { type: 'boolean', default: false },
  },
});
const answerMs = Number(values['answer-ms']);
const hasHeavyTail = values['heavy-tail'];

const answer = bareAnswer('200 OK', answerBody);
const pieces = streamPieces.map((piece, index) =>
  Buffer.from(
    (index === 0 ? bareStreamHead() : '') + bareChunk(piece) + (index === streamPieces.length - 1 ? bareLastChunk : ''),
  ),
);
const streamMark = Buffer.from('"stream":true');

let calls = 0;
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
  if (socket.destroyed) return;
  answers++;
  socket.write(answer);
};

/** A request and the target that it is sent to have one delay, however often and by whomever they are asked. */
const delayOf = (path: string, body: Buffer): number =>
  hasHeavyTail ? heavyTailMs(`${path} ${/Request (\w{16})/.exec(body.toString('latin1'))?.[1] ?? ''}`) : answerMs;

serveBare(
  Number(values.port),
  (socket, { isGet, path, body }) => {
    if (isGet) {
      socket.write(path === '/counts' ? bareAnswer('200 OK', JSON.stringify({ calls, answers, streams })) : modelList);
      return;
    }
    calls++;
    if (body.includes(streamMark)) {
      streams++;
      socket.write(pieces[0] ?? '');
      open.set(socket, 1);
      return;
    }
    const delayMs = delayOf(path, body);
    if (delayMs > 0) setTimeout(reply, delayMs, socket);
    else reply(socket);
  },
  (socket) => open.delete(socket),
);
