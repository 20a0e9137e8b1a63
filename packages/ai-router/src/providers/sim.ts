import { eventsOf } from '../answer-events.ts';
import { upstreamClosed, upstreamTimeout } from '../errors.ts';
import { formats } from '../formats/index.ts';
import type { AnswerReceiver, Provider, ProviderCall } from '../provider.ts';
import type { ErrorInfo, Json, JsonObject, ModelAnswer, ModelEvent, Usage, WireFormat } from '../wire-format.ts';
import { seededRandom } from './seeded-random.ts';
import { simulatedEmbeddings } from './sim-embeddings.ts';

export interface SimOptions {
  /** @default "sim" */
  readonly id?: string;
  /** @default ["sim-1"] */
  readonly models?: readonly string[];
  /** Until the first byte, milliseconds. @default 0 */
  readonly latencyMs?: number;
  /** Speed of a streamed answer; 0 sends it all at once. @default 0 */
  readonly tokensPerSecond?: number;
  /** Share of calls that fail with status 500, from 0 to 1, the same ones on every run. @default 0 */
  readonly errorRate?: number;
}

/**
 * A simulator in place of a model, for trying things out without a key: it answers every question with the question
 * and says what it is, and makes small embeddings. The same question always has the same answer. It calls nobody.
 */
export function sim(options: SimOptions = {}): Provider {
  const { id = 'sim', models = ['sim-1'], latencyMs = 0, tokensPerSecond = 0, errorRate = 0 } = options;
  const random = seededRandom(1);
  const cancels = new Set<() => void>();

  return {
    id,
    protocols: ['openai-chat', 'anthropic-messages', 'openai-responses', 'openai-embeddings'],
    owns: (model) => models.includes(model),
    models: async () => models,
    send(call, receiver) {
      const format = formats[call.protocol];
      const text = Buffer.from(call.body).toString();
      const request = JSON.parse(text) as JsonObject;
      const model = String(request.model);
      const fails = random() < errorRate;
      const steps = !models.includes(model)
        ? refuse(format, unknownModel(model, id, models))
        : fails
          ? refuse(format, simulatedFailure)
          : format.operation === 'embeddings'
            ? whole(simulatedEmbeddings(request, model, countTokens))
            : answer(format, request, {
                model,
                stream: call.stream,
                id: `${id}-${hash(text).toString(16).padStart(8, '0')}`,
              });
      return play(steps, call, receiver);
    },
    async close() {
      for (const cancel of [...cancels]) cancel();
    },
  };

  /** Sends the steps at the simulated pace, as a network would: later, never from within `send`. */
  function play(steps: Steps, call: ProviderCall, receiver: AnswerReceiver) {
    const gapMs = call.stream && tokensPerSecond > 0 ? 1000 / tokensPerSecond : 0;
    let next = 0;
    let paused = false;
    let over = false;
    let timer: NodeJS.Timeout | undefined;
    const stop = (): void => {
      over = true;
      clearTimeout(timer);
      clearTimeout(total);
      cancels.delete(cancel);
    };
    const cancel = (): void => {
      if (over) return;
      stop();
      receiver.onError(upstreamClosed(id, new Error('the simulator was closed')));
    };
    const advance = (): void => {
      while (!over && !paused) {
        if (next === 0) receiver.onHead(steps.status, steps.headers);
        const chunk = steps.chunks[next++];
        if (chunk === undefined) {
          stop();
          receiver.onEnd();
        } else {
          receiver.onData(Buffer.from(chunk));
          if (gapMs > 0 && !over && !paused) {
            timer = setTimeout(advance, gapMs);
            return;
          }
        }
      }
    };
    const { totalMs } = call.timeouts;
    const total =
      totalMs > 0
        ? setTimeout(() => {
            stop();
            receiver.onError(upstreamTimeout(id, 'total', totalMs));
          }, totalMs)
        : undefined;
    cancels.add(cancel);
    timer = setTimeout(advance, latencyMs);
    return {
      pause() {
        paused = true;
        clearTimeout(timer);
      },
      resume() {
        if (over || !paused) return;
        paused = false;
        timer = setTimeout(advance, next > 0 ? gapMs : latencyMs);
      },
      abort: stop,
    };
  }
}

interface Steps {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly chunks: readonly string[];
}

const refuse = (format: WireFormat, error: ErrorInfo): Steps => ({
  status: error.status,
  headers: { 'content-type': 'application/json' },
  chunks: [JSON.stringify(format.encodeError(error))],
});

const whole = (body: JsonObject): Steps => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  chunks: [JSON.stringify(body)],
});

const unknownModel = (model: string, id: string, models: readonly string[]): ErrorInfo => ({
  status: 404,
  type: 'not_found_error',
  code: 'model_not_found',
  param: 'model',
  message: `The simulator has no model "${model.slice(0, 200)}", only ${models.map((name) => `${id}/${name}`).join(', ')}. Set OPENAI_API_KEY, ANTHROPIC_API_KEY or XAI_API_KEY to reach real models.`,
});

const simulatedFailure: ErrorInfo = {
  status: 500,
  type: 'api_error',
  code: 'simulated_failure',
  message: 'A simulated failure: this simulator was told to fail a share of its calls ("errorRate").',
};

function answer(
  format: WireFormat,
  request: JsonObject,
  { model, stream, id }: { model: string; stream: boolean; id: string },
): Steps {
  const asked = request.messages ?? request.input;
  const question = lastQuestion(asked);
  const text = `[Simulated by Hotpath: no model was asked.] You said: ${question}`;
  const words = text.match(/\S+\s*/g) ?? [text];
  const usage: Usage = { inputTokens: countTokens(JSON.stringify(asked ?? '')), outputTokens: words.length };
  const said: ModelAnswer = { id, model, content: [{ type: 'text', text }], finishReason: 'stop', usage };
  if (!stream) return whole(format.encodeAnswer(said));
  const streamUsage = (request.stream_options as { include_usage?: unknown } | undefined)?.include_usage === true;
  const encoder = format.streamEncoder({ streamUsage });
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream' },
    chunks: inWords(eventsOf(said), words).map((event) => encoder.push(event)),
  };
}

/** The one delta of the answer as one a word. */
const inWords = (events: readonly ModelEvent[], words: readonly string[]): ModelEvent[] =>
  events.flatMap((event): ModelEvent[] =>
    event.type === 'delta' ? words.map((text) => ({ ...event, text })) : [event],
  );

/** The text of the last user message, whatever form its content takes. */
function lastQuestion(messages: Json | undefined): string {
  if (typeof messages === 'string') return messages;
  if (!Array.isArray(messages)) return '';
  const last = messages.findLast((message: Json) => (message as JsonObject | null)?.role === 'user') as
    | JsonObject
    | undefined;
  const content = last?.content;
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: Json) => (part as JsonObject | null)?.text)
    .filter((text): text is string => typeof text === 'string')
    .join(' ');
}

/** Four characters a token: near enough for a simulator. */
const countTokens = (text: string): number => Math.ceil(text.length / 4);

/** FNV-1a, 32 bits: an id that the same request always gets. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}
