import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** One request as it came, and the bare connection to answer it on. */
export interface RawRequest {
  readonly socket: Socket;
  /** Counted from 1 over all connections. */
  readonly number: number;
  readonly head: string;
  readonly body: string;
}

/** A server without any protocol of its own: what it answers is up to the last byte what a test says. */
export interface RawUpstream extends AsyncDisposable {
  /** `http://host:port/v1`. */
  readonly openaiUrl: string;
  readonly url: string;
  /** Whole requests so far. */
  readonly count: number;
  readonly connections: number;
  close(): Promise<void>;
}

const blankLine = Buffer.from('\r\n\r\n');

/** Starts one. `answer` is called with each request whose body has arrived whole, by its content length. */
export async function startRawUpstream(answer: (request: RawRequest) => void): Promise<RawUpstream> {
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    let received: Buffer = Buffer.alloc(0);
    // A client that leaves resets; that is its right.
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (;;) {
        const at = received.indexOf(blankLine);
        if (at < 0) return;
        const head = received.toString('latin1', 0, at);
        const end = at + blankLine.length + Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
        if (received.length < end) return;
        const body = received.toString('utf8', at + blankLine.length, end);
        received = received.subarray(end);
        count += 1;
        answer({ socket, number: count, head, body });
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
    return closing;
  };
  return {
    url,
    openaiUrl: `${url}/v1`,
    get count() {
      return count;
    },
    get connections() {
      return sockets.size;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
