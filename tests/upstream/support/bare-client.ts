import { type Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import type { Upstream } from '../index.ts';

const messages = [{ role: 'user', content: 'Say something.' }];

interface Seen {
  status?: number;
  headers: IncomingHttpHeaders;
  chunks: Buffer[];
  text: string;
  /** How the exchange ended: a clean end, or the socket's error. */
  end: string;
}

export interface Ask {
  readonly stream?: boolean;
  readonly protocol?: 'openai' | 'anthropic';
  readonly headers?: Record<string, string>;
  readonly model?: string;
  readonly agent?: Agent;
  readonly signal?: AbortSignal;
  /** Leaves after this many chunks; 0 at the head. */
  readonly leaveAfter?: number;
}

/** Speaks bare HTTP, so that nothing between the test and the wire repairs a fault. */
export const askUpstream = (upstream: Upstream, fault: string | undefined, options: Ask = {}): Promise<Seen> =>
  new Promise((resolve) => {
    const { stream = false, protocol = 'openai', model = 'gpt-4o-mini', leaveAfter } = options;
    const seen: Seen = { headers: {}, chunks: [], text: '', end: '' };
    const done = (end: string): void => {
      seen.text = Buffer.concat(seen.chunks).toString();
      resolve(Object.assign(seen, { end: seen.end || end }));
    };
    const body = JSON.stringify({ model, messages, stream, max_tokens: 4096 });
    const request = httpRequest(
      `${upstream.url}${protocol === 'openai' ? '/v1/chat/completions' : '/v1/messages'}`,
      {
        method: 'POST',
        agent: options.agent ?? false,
        ...(options.signal && { signal: options.signal }),
        headers: {
          'content-type': 'application/json',
          ...(protocol === 'openai'
            ? { authorization: 'Bearer key' }
            : { 'x-api-key': 'key', 'anthropic-version': '2023-06-01' }),
          ...(fault !== undefined && { 'x-upstream-fault': fault }),
          ...options.headers,
        },
      },
      (response) => {
        if (response.statusCode !== undefined) seen.status = response.statusCode;
        seen.headers = response.headers;
        if (leaveAfter === 0) request.destroy();
        response.on('data', (chunk: Buffer) => {
          seen.chunks.push(chunk);
          if (seen.chunks.length === leaveAfter) request.destroy();
        });
        response.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
        response.on('end', () => done('end'));
      },
    );
    request.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    request.end(body);
  });

/** How the TCP connection ends: `FIN`, or the error's code. An HTTP client reports both alike. */
export const endOfSocket = (upstream: Upstream, fault: string): Promise<string> =>
  new Promise((resolve) => {
    const body = JSON.stringify({ model: 'm', messages, stream: true });
    const socket = connect(upstream.port, '127.0.0.1');
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.on('end', () => resolve('FIN'));
    socket
      .resume()
      .write(
        `POST /v1/chat/completions HTTP/1.1\r\nhost: loopback\r\nauthorization: Bearer key\r\nx-upstream-fault: ${fault}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
  });
