import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a test wants of one request. */
export type Reply =
  | string
  /** Says this and leaves the stream open, or cuts it. */
  | { readonly begins: string; readonly end: 'open' | 'cut' }
  | { readonly status: number; readonly message: string };

export interface Asked {
  readonly path: string;
  // biome-ignore lint/suspicious/noExplicitAny: the test looks at what it sent itself
  readonly body: any;
}

export interface ScriptedUpstream {
  readonly asked: readonly Asked[];
  /** Variables with which both providers are this one. */
  readonly environment: Readonly<Record<string, string>>;
  readonly url: string;
  close(): Promise<void>;
}

const event = (type: string, data: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;

const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({
    id: 'c-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta, finish_reason: finish }],
  })}\n\n`;

const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

const beginning = (path: string, text: string): string =>
  path.endsWith('/messages')
    ? event('message_start', {
        message: {
          id: 'm-1',
          type: 'message',
          role: 'assistant',
          model: 'm',
          content: [],
          usage: { input_tokens: 10 },
        },
      }) +
      event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) +
      event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })
    : chunk({ role: 'assistant', content: text });

const ending = (path: string): string =>
  path.endsWith('/messages')
    ? event('content_block_stop', { index: 0 }) +
      event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } }) +
      event('message_stop', {})
    : `${chunk({}, 'stop')}data: ${JSON.stringify({ id: 'c-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [], usage })}\n\ndata: [DONE]\n\n`;

const answer = (response: ServerResponse, path: string, reply: Reply): void => {
  if (typeof reply === 'object' && 'status' in reply) {
    const { status, message } = reply;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ type: 'error', error: { type: 'invalid_request_error', message } }));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  if (typeof reply === 'string') {
    response.end(beginning(path, reply) + ending(path));
    return;
  }
  response.write(beginning(path, reply.begins), () => {
    if (reply.end === 'cut') response.destroy();
  });
};

/** An upstream that speaks OpenAI's chat completions and Anthropic's messages as the test wants, and remembers what it was asked. */
export const scriptedUpstream = async (reply: (asked: Asked, count: number) => Reply): Promise<ScriptedUpstream> => {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (part) => {
      text += part;
    });
    request.on('end', () => {
      const path = request.url ?? '';
      if (path.includes('/models')) {
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"object":"list","data":[]}');
        return;
      }
      const one = { path, body: JSON.parse(text) };
      asked.push(one);
      answer(response, path, reply(one, asked.length));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    asked,
    url,
    environment: {
      OPENAI_API_KEY: 'sk-test',
      OPENAI_BASE_URL: `${url}/v1`,
      ANTHROPIC_API_KEY: 'sk-ant-test',
      ANTHROPIC_BASE_URL: url,
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
};
