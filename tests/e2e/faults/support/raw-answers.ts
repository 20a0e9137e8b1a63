import { gzipSync } from 'node:zlib';
import { canonicalText } from './rig.ts';

/** Pieces of HTTP as a raw upstream sends them. */
export const head = (status: string, ...headers: string[]): string =>
  `HTTP/1.1 ${status}\r\n${headers.map((header) => `${header}\r\n`).join('')}\r\n`;

export const completion = (content = canonicalText, model = 'gpt-4o'): string =>
  JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_763_596_800,
    model,
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 3, completion_tokens: 60, total_tokens: 63 },
  });

const json = 'content-type: application/json';
export const sse = 'content-type: text/event-stream';
export const chunked = 'transfer-encoding: chunked';

export const whole = (body: string | Buffer, ...headers: string[]): Buffer =>
  Buffer.concat([
    Buffer.from(head('200 OK', json, `content-length: ${Buffer.byteLength(body)}`, ...headers)),
    Buffer.from(body),
  ]);

export const chunk = (bytes: string | Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${Buffer.byteLength(bytes).toString(16)}\r\n`), Buffer.from(bytes), Buffer.from('\r\n')]);
export const lastChunk = '0\r\n\r\n';

const event = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_763_596_800,
    model: 'gpt-4o',
    choices: [{ index: 0, delta, finish_reason: finish }],
  })}\n\n`;

/** The canonical answer as events: role, sixty tokens, finish reason, terminator. */
export const events: readonly string[] = [
  event({ role: 'assistant', content: '' }),
  ...(canonicalText.match(/.{1,6}/gu) ?? []).map((content) => event({ content })),
  event({}, 'stop'),
  'data: [DONE]\n\n',
];

export const gzipped = (text: string): Buffer => gzipSync(text);
