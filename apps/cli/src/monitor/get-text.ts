import { connect } from 'node:net';

export interface TextAnswer {
  readonly status: number;
  readonly text: string;
}

export interface GetOptions {
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

/** More than the metrics of any gateway, bytes: what stands there sends something else. */
const mostBytes = 64 * 2 ** 20;

const headOf = (text: string): { readonly status: number; readonly length: number | undefined } | undefined => {
  const [, status] = /^HTTP\/1\.[01] (\d{3})[ \r]/.exec(text) ?? [];
  const [, length] = /\r\ncontent-length:[ \t]*(\d+)[ \t]*(?:\r|$)/i.exec(text) ?? [];
  // Nobody may chunk an answer for HTTP/1.0.
  if (status === undefined || /\r\ntransfer-encoding:/i.test(text)) return undefined;
  return { status: Number(status), length: length === undefined ? undefined : Number(length) };
};

const answerOf = (bytes: Buffer): TextAnswer => {
  const end = bytes.indexOf('\r\n\r\n');
  const head = end < 0 ? undefined : headOf(bytes.toString('latin1', 0, end));
  if (!head) throw new Error('what answers there is no HTTP server');
  const body = bytes.subarray(end + 4);
  if (head.length !== undefined && body.length < head.length) throw new Error('the answer broke off');
  return { status: head.status, text: body.toString('utf8') };
};

const getOverSocket = (
  { hostname, port, host, pathname }: URL,
  { signal, headers = {} }: GetOptions,
): Promise<TextAnswer> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80) });
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (work: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      work();
    };
    const fail = (error: Error): void => settle(() => reject(new Error(error.message, { cause: error })));
    const onAbort = (): void => settle(() => reject(signal.reason));
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', fail);
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > mostBytes) fail(new Error('the answer is too large'));
    });
    socket.on('end', () => {
      try {
        const answer = answerOf(Buffer.concat(chunks));
        settle(() => resolve(answer));
      } catch (error) {
        fail(error as Error);
      }
    });
    const lines = Object.entries({ host, connection: 'close', ...headers }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    socket.write(`GET ${pathname} HTTP/1.0\r\n${lines.join('')}\r\n`);
  });

/** By way of a proxy where Node is told to heed those of the environment, and encrypted. */
const getByFetch = async (url: URL, options: GetOptions): Promise<TextAnswer> => {
  const answer = await fetch(url, options);
  return { status: answer.status, text: await answer.text() };
};

/**
 * Gets a text. Plain HTTP goes over a bare socket in HTTP/1.0, since the HTTP clients of Node take 10 to 25 MB of memory, and the
 * monitor has use for this one request alone. Rejects as `fetch` does: the reason of `signal`, or an error with its cause.
 */
export const getText = (address: string, options: GetOptions): Promise<TextAnswer> => {
  const url = new URL(address);
  const isPlain = url.protocol === 'http:' && !process.env.NODE_USE_ENV_PROXY;
  // A header that could end the line would write others.
  const isSafe = Object.values(options.headers ?? {}).every((value) => /^[\x20-\x7e]*$/.test(value));
  return isPlain && isSafe ? getOverSocket(url, options) : getByFetch(url, options);
};
