import { eventsOf } from '../answer-events.ts';
import { formats } from '../formats/index.ts';
import type { Provider } from '../provider.ts';
import type { ErrorInfo, Json, JsonObject, ModelAnswer, ModelEvent, Usage } from '../wire-format.ts';
import { noSuchModel, ofThrown } from './call-failure.ts';
import { eventStream, type InProcessCall, inProcessProvider, json } from './in-process.ts';
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
  const gapMs = tokensPerSecond > 0 ? 1000 / tokensPerSecond : 0;

  return inProcessProvider({
    id,
    protocols: ['openai-chat', 'anthropic-messages', 'openai-responses', 'openai-embeddings'],
    owns: (model) => models.includes(model),
    models: async () => models,
    async answer(exchange, body) {
      const { protocol, stream } = exchange.call;
      const format = formats[protocol];
      const model = String(body.model);
      const fails = random() < errorRate;
      if (!(await wait(latencyMs, exchange))) return;
      if (!models.includes(model)) return exchange.refuse(noSuchModel(model, { id, models }, howToReachReal));
      if (fails) return exchange.refuse(simulatedFailure);
      if (format.operation === 'embeddings') return whole(simulatedEmbeddings(body, model, countTokens), exchange);
      const answerId = `${id}-${hash(JSON.stringify(body)).toString(16).padStart(8, '0')}`;
      const said = answerTo(body, model, answerId);
      if (!stream) return whole(format.encodeAnswer(said.answer), exchange);
      await speak(said, body, gapMs, exchange);
    },
    failureOf: (error) => ofThrown(error, id),
  });
}

const howToReachReal = ' Set OPENAI_API_KEY, ANTHROPIC_API_KEY or XAI_API_KEY to reach real models.';

async function speak({ answer, words }: Said, body: JsonObject, gapMs: number, exchange: InProcessCall): Promise<void> {
  const streamUsage = (body.stream_options as { include_usage?: unknown } | undefined)?.include_usage === true;
  const encoder = formats[exchange.call.protocol].streamEncoder({ streamUsage });
  exchange.head(200, eventStream);
  for (const event of inWords(eventsOf(answer), words)) {
    exchange.write(encoder.push(event));
    if (!(await wait(gapMs, exchange))) return;
  }
  exchange.end();
}

/** Waits so long, and while the receiver pauses. Resolves to whether somebody still waits for the answer. */
const wait = async (ms: number, exchange: InProcessCall): Promise<boolean> =>
  (await exchange.next(() => (ms > 0 ? delay(ms, exchange.signal) : Promise.resolve(true)))) === true;

const delay = (ms: number, signal: AbortSignal): Promise<boolean> =>
  new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve(true);
    }
  });

const whole = (body: JsonObject, exchange: InProcessCall): void => {
  exchange.head(200, json);
  exchange.write(JSON.stringify(body));
  exchange.end();
};

const simulatedFailure: ErrorInfo = {
  status: 500,
  type: 'api_error',
  code: 'simulated_failure',
  message: 'A simulated failure: this simulator was told to fail a share of its calls ("errorRate").',
};

interface Said {
  readonly answer: ModelAnswer;
  readonly words: readonly string[];
}

function answerTo({ messages, input }: JsonObject, model: string, id: string): Said {
  const asked = messages ?? input;
  const text = `[Simulated by Hotpath: no model was asked.] You said: ${lastQuestion(asked)}`;
  const words = text.match(/\S+\s*/g) ?? [text];
  const usage: Usage = { inputTokens: countTokens(JSON.stringify(asked ?? '')), outputTokens: words.length };
  return { answer: { id, model, content: [{ type: 'text', text }], finishReason: 'stop', usage }, words };
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
