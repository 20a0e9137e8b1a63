import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import type { Protocol } from './rig.ts';

/** What a client got. */
export interface Seen {
  /** `hang`: nothing that ends, within the time allowed. */
  readonly outcome: 'answer' | 'error' | 'hang';
  readonly text: string;
  readonly model: string | undefined;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number } | undefined;
  /** Of an error. */
  readonly status: number | undefined;
  readonly message: string;
  readonly headers: Headers | undefined;
  readonly ms: number;
}

export interface Question {
  readonly protocol: Protocol;
  readonly stream: boolean;
  /** @default "route" */
  readonly model?: string;
  /** @default "Say sixty words." */
  readonly content?: string;
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  /** Called with each piece of a stream's text. */
  readonly onText?: (text: string) => void;
  /** @default 12,000 */
  readonly hangMs?: number;
}

/** What has been read so far; filled while the answer comes. */
type Reading = { -readonly [Field in keyof Omit<Seen, 'outcome' | 'ms'>]: Seen[Field] };

/** Asks as a user of the official clients would, without their retries, and tells what came of it. Never rejects. */
export async function ask(url: string, question: Question): Promise<Seen> {
  const { hangMs = 12_000, protocol } = question;
  const reading: Reading = {
    text: '',
    model: undefined,
    usage: undefined,
    status: undefined,
    message: '',
    headers: undefined,
  };
  const startedAt = performance.now();
  const tooLate = new AbortController();
  const timer = setTimeout(() => tooLate.abort(), hangMs);
  const signal = question.signal ? AbortSignal.any([question.signal, tooLate.signal]) : tooLate.signal;
  let outcome: Seen['outcome'] = 'answer';
  try {
    await (protocol === 'openai' ? readOpenai : readAnthropic)(url, { ...question, signal }, reading);
  } catch (error) {
    outcome = tooLate.signal.aborted ? 'hang' : 'error';
    const { status, message } = error as { status?: number; message: string };
    Object.assign(reading, { status, message });
  }
  clearTimeout(timer);
  return { ...reading, outcome, ms: performance.now() - startedAt };
}

type Asked = Question & { readonly signal: AbortSignal };

const messagesOf = ({ content = 'Say sixty words.' }: Question) => [{ role: 'user' as const, content }];

async function readOpenai(url: string, question: Asked, reading: Reading): Promise<void> {
  const { model = 'route', stream, signal, headers } = question;
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'mine', maxRetries: 0 });
  const body = { model, messages: messagesOf(question) };
  const usageOf = (usage: OpenAI.CompletionUsage | null | undefined): void => {
    if (usage) reading.usage = { inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens };
  };
  if (!stream) {
    const { data, response } = await client.chat.completions.create(body, { signal, headers }).withResponse();
    reading.headers = response.headers;
    reading.model = data.model;
    reading.text = data.choices[0]?.message.content ?? '';
    usageOf(data.usage);
    return;
  }
  const { data, response } = await client.chat.completions
    .create({ ...body, stream, stream_options: { include_usage: true } }, { signal, headers })
    .withResponse();
  reading.headers = response.headers;
  for await (const chunk of data) {
    reading.model = chunk.model;
    const text = chunk.choices[0]?.delta.content;
    if (text) question.onText?.(text);
    reading.text += text ?? '';
    usageOf(chunk.usage);
  }
}

async function readAnthropic(url: string, question: Asked, reading: Reading): Promise<void> {
  const { model = 'route', stream, signal, headers } = question;
  const client = new Anthropic({ baseURL: url, apiKey: 'mine', maxRetries: 0 });
  const body = { model, max_tokens: 1_000, messages: messagesOf(question) };
  if (!stream) {
    const { data, response } = await client.messages.create(body, { signal, headers }).withResponse();
    reading.headers = response.headers;
    reading.model = data.model;
    reading.text = data.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
    reading.usage = { inputTokens: data.usage.input_tokens, outputTokens: data.usage.output_tokens };
    return;
  }
  const { data, response } = await client.messages.create({ ...body, stream }, { signal, headers }).withResponse();
  reading.headers = response.headers;
  let inputTokens = 0;
  // The bare events: the client's accumulator would itself notice an end that is none.
  for await (const event of data) {
    if (event.type === 'message_start') {
      reading.model = event.message.model;
      inputTokens = event.message.usage.input_tokens;
    } else if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') {
      question.onText?.(event.delta.text);
      reading.text += event.delta.text;
    } else if (event.type === 'message_delta') {
      const { input_tokens: input, output_tokens: outputTokens } = event.usage;
      reading.usage = { inputTokens: input ?? inputTokens, outputTokens };
    }
  }
}
