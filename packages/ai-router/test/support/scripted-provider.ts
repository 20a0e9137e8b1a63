import type { AnswerReceiver, Provider, ProviderCall } from '../../src/provider.ts';
import type { JsonObject, Protocol } from '../../src/wire-format.ts';

/** One call that a test answers by hand. */
export interface ScriptedCall extends ProviderCall {
  readonly receiver: AnswerReceiver;
  aborted: boolean;
  paused: boolean;
  /** The body sent, as text. */
  readonly text: string;
  json(status: number, body: unknown): void;
  /** Sends the head of a stream. */
  open(): void;
  send(...chunks: string[]): void;
  end(): void;
}

export interface ScriptedProvider extends Provider {
  readonly calls: ScriptedCall[];
  readonly last: ScriptedCall;
}

/** A provider whose answers the test gives, step by step. */
export function scripted(
  id = 'p',
  protocol: Protocol | readonly Protocol[] = 'openai-chat',
  models: readonly string[] = ['m'],
): ScriptedProvider {
  const calls: ScriptedCall[] = [];
  return {
    id,
    protocols: typeof protocol === 'string' ? [protocol] : protocol,
    calls,
    get last() {
      const call = calls.at(-1);
      if (!call) throw new Error('no call was made');
      return call;
    },
    models: async () => models,
    send(call, receiver) {
      const entry: ScriptedCall = {
        ...call,
        receiver,
        aborted: false,
        paused: false,
        text: Buffer.from(call.body).toString(),
        json(status, body) {
          receiver.onHead(status, { 'content-type': 'application/json', 'x-request-id': 'r1' });
          receiver.onData(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
          receiver.onEnd();
        },
        open: () => receiver.onHead(200, { 'content-type': 'text/event-stream' }),
        send: (...chunks) => {
          for (const chunk of chunks) receiver.onData(Buffer.from(chunk));
        },
        end: () => receiver.onEnd(),
      };
      calls.push(entry);
      return {
        pause: () => {
          entry.paused = true;
        },
        resume: () => {
          entry.paused = false;
        },
        abort: () => {
          entry.aborted = true;
        },
      };
    },
    close: async () => {},
  };
}

/** A whole OpenAI answer. */
export const completion = (text: string, model = 'm'): JsonObject => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model,
  choices: [
    { index: 0, message: { role: 'assistant', content: text, refusal: null }, logprobs: null, finish_reason: 'stop' },
  ],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
});

const chunk = (delta: JsonObject, finish: string | null = null): string =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  })}\n\n`;

/** The events of an OpenAI stream that says these words. */
export const events = (...words: string[]): string[] => [
  chunk({ role: 'assistant', content: '' }),
  ...words.map((word) => chunk({ content: word })),
  chunk({}, 'stop'),
  'data: [DONE]\n\n',
];

/** A whole Anthropic answer. */
export const message = (text: string): JsonObject => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'm',
  content: [{ type: 'text', text }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 2 },
});
