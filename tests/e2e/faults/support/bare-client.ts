import { connect } from 'node:net';

/** One answer as it came over the wire. */
export interface BareAnswer {
  /** 0 where no answer came before the connection was closed. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether the body ended where its head said it would. */
  readonly isComplete: boolean;
  readonly timedOut: boolean;
}

/** Sends bytes, and reads until there is a whole answer or the connection is closed, for at most `timeoutMs`. */
export function sendBytes(url: string, pieces: readonly Buffer[], timeoutMs: number): Promise<BareAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let received: Buffer = Buffer.alloc(0);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const finish = (timedOut: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ ...(readAnswer(received) ?? nothing), timedOut });
    };
    const timer = setTimeout(() => finish(true), timeoutMs);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (readAnswer(received)?.isComplete) finish(false);
    });
    // A reset is an end like another.
    socket.on('error', () => {});
    socket.on('close', () => finish(false));
    for (const piece of pieces) socket.write(piece);
  });
}

const nothing = { status: 0, headers: {}, body: '', isComplete: true };

/** The first answer; what comes before it with a status below 200 only announces it. */
function readAnswer(bytes: Buffer): Omit<BareAnswer, 'timedOut'> | undefined {
  const at = bytes.indexOf('\r\n\r\n');
  if (at < 0) return bytes.length > 0 ? { ...nothing, isComplete: false } : undefined;
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, at).split('\r\n');
  const status = Number(statusLine.split(' ')[1] ?? 0);
  const rest = bytes.subarray(at + 4);
  if (status < 200) return readAnswer(rest);
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { status, headers, ...readBody(rest, headers) };
}

function readBody(
  bytes: Buffer,
  headers: Readonly<Record<string, string>>,
): { readonly body: string; readonly isComplete: boolean } {
  if (headers['transfer-encoding'] === 'chunked') return readChunks(bytes);
  const length = Number(headers['content-length'] ?? 0);
  return { body: bytes.toString('utf8', 0, length), isComplete: bytes.length >= length };
}

function readChunks(bytes: Buffer): { readonly body: string; readonly isComplete: boolean } {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const newline = bytes.indexOf('\r\n', at);
    const size = newline < 0 ? Number.NaN : Number.parseInt(bytes.toString('latin1', at, newline), 16);
    const isComplete = size === 0;
    if (isComplete || Number.isNaN(size) || newline + 4 + size > bytes.length)
      return { body: Buffer.concat(parts).toString(), isComplete };
    parts.push(bytes.subarray(newline + 2, newline + 2 + size));
    at = newline + 4 + size;
  }
}
