import { createServer } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createChunkedReader } from '../../harness/chunked.ts';
import { requestBody, streamEnding, streamEvent } from '../../peers/payload.ts';

// A client that holds many streams open and checks each of them to the byte. It is told what to do over HTTP:
// `GET /open?count=1000&tag=a1` opens so many and answers when all have begun; `GET /ended` answers when all have ended.
const { values } = parseArgs({
  options: { port: { type: 'string', default: '9200' }, target: { type: 'string', default: '9100' } },
});
const target = Number(values.target);
/** Streams that have not begun yet, at most: fewer than the connections that Node lets wait for being accepted (511). */
const mostOpening = 200;

interface Held {
  events: number;
  /** Why it is not what it should be. */
  fault: string | undefined;
  isOver: boolean;
}

let held: Held[] = [];

const headEnd = '\r\n\r\n';
const texts: string[] = [''];
/** The first events of a stream, one after another. */
const textUpTo = (events: number): string => {
  while (texts.length <= events) texts.push(texts.at(-1) + streamEvent(texts.length - 1));
  return texts[events] ?? '';
};

const hold = (body: string): Promise<Held> =>
  new Promise((resolve) => {
    const stream: Held = { events: 0, fault: undefined, isOver: false };
    const chunks = createChunkedReader();
    let head = '';
    let text = '';
    const socket = connect({ port: target, host: '127.0.0.1', noDelay: true });
    const over = (fault: string | undefined): void => {
      if (stream.isOver) return;
      stream.isOver = true;
      stream.fault = fault;
      socket.destroy();
      resolve(stream);
    };
    const read = (bytes: Buffer): void => {
      text += chunks.push(bytes);
      stream.events = text.split('data: ').length - 1;
      if (stream.events > 0) resolve(stream);
      if (chunks.isOver) {
        // The finish reason and the terminator are the last two.
        const isWhole = text === textUpTo(stream.events - 2) + streamEnding;
        over(isWhole ? undefined : `not what was sent, ending in ${JSON.stringify(text.slice(-60))}`);
      }
    };
    socket.on('connect', () => {
      const headers = `host: 127.0.0.1\r\nauthorization: Bearer key\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`;
      socket.write(`POST /v1/chat/completions HTTP/1.1\r\n${headers}\r\n\r\n${body}`);
    });
    socket.on('data', (bytes: Buffer) => {
      try {
        if (head.includes(headEnd)) {
          read(bytes);
          return;
        }
        head += bytes.toString('latin1');
        const end = head.indexOf(headEnd);
        if (end < 0) return;
        const rest = head.slice(end + headEnd.length);
        head = head.slice(0, end + headEnd.length);
        if (!head.startsWith('HTTP/1.1 200')) over(`${head.slice(0, 60)} ${rest.slice(0, 200)}`);
        else if (rest !== '') read(Buffer.from(rest, 'latin1'));
      } catch (error) {
        over(String(error));
      }
    });
    socket.on('error', (error) => over(error.message));
    socket.on('close', () => over('closed before its end'));
  });

const open = async (count: number, tag: string): Promise<void> => {
  held = [];
  let next = 0;
  const opener = async (): Promise<void> => {
    while (next < count) {
      // Every request differs: nobody shares a stream.
      const counter = `${tag.padEnd(6, '0')}${String(next++).padStart(10, '0')}`;
      held.push(await hold(requestBody({ stream: true, counter })));
    }
  };
  await Promise.all(Array.from({ length: mostOpening }, opener));
};

const ended = async (): Promise<void> => {
  while (held.some((stream) => !stream.isOver)) await delay(20);
};

createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://holder');
  const work =
    pathname === '/open'
      ? open(Number(searchParams.get('count')), searchParams.get('tag') ?? '')
      : pathname === '/ended'
        ? ended()
        : Promise.resolve();
  void work.then(() => {
    const faults = held.flatMap(({ fault }) => (fault === undefined ? [] : [fault]));
    response.end(
      JSON.stringify({
        streams: held.length,
        events: held.reduce((sum, stream) => sum + stream.events, 0),
        faulty: faults.length,
        faults: [...new Set(faults)].slice(0, 3),
      }),
    );
  });
}).listen(Number(values.port), '127.0.0.1');

process.on('SIGTERM', () => process.exit(0));
