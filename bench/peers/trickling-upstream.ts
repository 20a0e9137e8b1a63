import type { Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { bareAnswer, bareChunk, bareLastChunk, bareStreamHead, modelList, serveBare } from './bare-http.ts';
import { streamEnding, streamEvent } from './payload.ts';

// An upstream whose streams go on until they are told to end: after `GET /finish` each gets its last event in place of the
// next one, until `GET /go-on`.
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '9000' },
    /** Milliseconds between two events of a stream. */
    'event-ms': { type: 'string', default: '1000' },
  },
});
const eventMs = Number(values['event-ms']);
/** Streams take turns within this time, so that ten thousand writes do not fall on one moment. */
const phases = 100;

const first = Buffer.from(bareStreamHead() + bareChunk(streamEvent(0)));
const last = Buffer.from(bareChunk(streamEnding) + bareLastChunk);
const later: Buffer[] = [];
const eventAt = (index: number): Buffer => {
  later[index] ??= Buffer.from(bareChunk(streamEvent(index)));
  return later[index];
};

const open = Array.from({ length: phases }, () => new Map<Socket, number>());
let streams = 0;
let events = 0;
let phase = 0;
let isFinishing = false;
let dueAt = performance.now();

const advance = (): void => {
  const now = performance.now();
  // Timers of a few milliseconds run late; the turns that were missed are made up for.
  for (; dueAt <= now; dueAt += eventMs / phases) {
    const turn = open[phase++ % phases];
    for (const [socket, next] of turn ?? []) {
      events++;
      socket.write(isFinishing ? last : eventAt(next));
      if (isFinishing) turn?.delete(socket);
      else turn?.set(socket, next + 1);
    }
  }
};
setInterval(advance, eventMs / phases);

serveBare(
  Number(values.port),
  (socket, { isGet, path }) => {
    if (!isGet) {
      socket.write(first);
      open[streams++ % phases]?.set(socket, 1);
    } else if (path === '/finish' || path === '/go-on') {
      isFinishing = path === '/finish';
      socket.write(bareAnswer('200 OK', '{}'));
    } else socket.write(path === '/counts' ? bareAnswer('200 OK', JSON.stringify({ streams, events })) : modelList);
  },
  (socket) => {
    for (const turn of open) turn.delete(socket);
  },
);
