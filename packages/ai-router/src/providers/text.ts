import { randomUUID } from 'node:crypto';
import { RouterError } from '../errors.ts';
import { estimateTokens } from '../formats/anthropic-messages/count-tokens.ts';
import { estimateTextTokens } from '../formats/anthropic-messages/text-tokens.ts';
import { formats } from '../formats/index.ts';
import type { Provider } from '../provider.ts';
import { createWideRedact } from '../redact.ts';
import type { FinishReason, ModelRequest, Usage, WireFormat } from '../wire-format.ts';
import { noSuchModel, ofThrown } from './call-failure.ts';
import { eventStream, type InProcessCall, inProcessProvider, json } from './in-process.ts';
import { readTextRequest, type TextRequest } from './text-request.ts';

/** How an answer ended. */
export interface TextEnd {
  /**
   * Tokens as billed, each a whole number from 0 on. Anything else fails the answer, as what goes on a bill is never guessed at where
   * it was told wrongly: `ROUTER_ANSWER_INVALID`, or `ROUTER_UPSTREAM_CUT` at the end of a stream. Counts may be left out.
   * @default estimated by the texts, mostly within 15%
   */
  readonly usage?: Partial<Usage> | undefined;
  /** @default "stop" */
  readonly finishReason?: FinishReason | undefined;
}

// What a generator returns that returns nothing.
// biome-ignore lint/suspicious/noConfusingVoidType: it is the type of such a generator
type TextPieces = AsyncIterable<string, TextEnd | undefined | void>;

export interface TextProviderOptions {
  /** The name before the slash in `provider/model`. */
  readonly id: string;
  /**
   * The models it offers. Of a list, other names are refused with status 404; a function may list less than there is, and `answer`
   * is asked for any.
   */
  readonly models: readonly string[] | ((options: { readonly signal?: AbortSignal }) => Promise<readonly string[]>);
  /** Tells apart providers of one id that may answer differently; part of the cache key. @default "" */
  readonly scope?: string;
  /** Keys that it uses: `***` stands in their place where its errors quote them. @default what looks like a key in an error */
  readonly apiKeys?: readonly string[];
  /**
   * Answers in pieces of text, which are sent on as they come, but for half a character, which waits for its other half; returns how
   * the answer ended, where there is something to tell. It is asked for the next piece only when the client has read the last. Throw
   * something with a `status` (400 to 599) to refuse with that status, and with `code`, `param` or `retryAfterMs` (milliseconds)
   * where they help. What is thrown without one is a broken answer, which may be asked for again.
   */
  answer(request: TextRequest): TextPieces;
}

/**
 * Makes a provider of a function that answers in text, streamed and whole, in every protocol. What a request holds beside text
 * (images, files, tools) is refused with `ROUTER_FIELD_UNSUPPORTED`, at which a route goes on to its next model.
 */
export function textProvider({ id, models, scope = '', apiKeys = [], answer }: TextProviderOptions): Provider {
  const list = typeof models === 'function' ? models : async () => models;
  const knows = (model: string): boolean => typeof models === 'function' || models.includes(model);
  return inProcessProvider({
    id,
    protocols: ['openai-chat', 'anthropic-messages', 'openai-responses'],
    scope,
    redact: createWideRedact(apiKeys),
    owns: (model) => typeof models !== 'function' && models.includes(model),
    models: async (options = {}) => list(options),
    async answer(exchange, body) {
      const format = formats[exchange.call.protocol];
      const { whole, text } = readTextRequest(body, format, exchange);
      if (!knows(whole.model)) return exchange.refuse(noSuchModel(whole.model, { id, models: await list({}) }));
      const writer = (whole.stream ? streamWriter : wholeWriter)({ id, request: whole, format, exchange });
      await pass(answer(text), writer, exchange);
    },
    // As a word of the router's own, not of a provider's: at that a route goes on to its next model.
    failureOf: (error) => (isUnsupported(error) ? { kind: 'broken', error } : ofThrown(error, id)),
  });
}

const isUnsupported = (error: unknown): error is RouterError =>
  RouterError.isInstance(error) && error.code === 'ROUTER_FIELD_UNSUPPORTED';

interface Answering {
  readonly id: string;
  readonly request: ModelRequest;
  readonly format: WireFormat;
  readonly exchange: InProcessCall;
}

interface Writer {
  piece(text: string): void;
  end(end: TextEnd): void;
}

async function pass(pieces: TextPieces, writer: Writer, exchange: InProcessCall): Promise<void> {
  if (typeof pieces?.[Symbol.asyncIterator] !== 'function') {
    throw new TypeError('"answer" returned nothing to iterate over: make it an async generator (async *answer)');
  }
  const iterator = pieces[Symbol.asyncIterator]();
  // For its `finally`. A generator that waits gets to it when it goes on: the signal is what wakes it.
  const release = (): void => void iterator.return?.().catch(() => {});
  exchange.signal.addEventListener('abort', release, { once: true });
  // The first half of a character whose second half is still to come: sent alone, it is none.
  let half = '';
  const write = (text: string): void => {
    if (text !== '') writer.piece(text);
  };
  for (;;) {
    const next = await exchange.next(() => iterator.next());
    if (next === undefined) return;
    if (next.done) {
      write(half);
      return writer.end(next.value ?? {});
    }
    const piece: unknown = next.value;
    if (typeof piece !== 'string')
      throw new TypeError(`"answer" yielded ${kindOf(piece)} in place of text: yield strings alone`);
    const text = half + piece;
    half = /[\uD800-\uDBFF]$/.test(text) ? text.slice(-1) : '';
    write(half === '' ? text : text.slice(0, -1));
  }
}

/** Names what is not what was asked for, without showing it. */
const kindOf = (value: unknown): string => {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'object') return typeof value;
  return value === null ? 'null' : (value.constructor?.name ?? 'object');
};

const countNames = Object.keys({
  inputTokens: true,
  outputTokens: true,
  cachedInputTokens: true,
  cacheWriteTokens: true,
  longCacheWriteTokens: true,
  reasoningTokens: true,
} satisfies Record<keyof Usage, true>) as (keyof Usage)[];

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function usageOf(told: Partial<Usage> | undefined, request: ModelRequest, text: string): Usage {
  if (typeof (told ?? {}) !== 'object')
    throw new TypeError(`"answer" returned ${kindOf(told)} as usage: return an object of counts, or leave it out`);
  const counts: Partial<Record<keyof Usage, number>> = {};
  for (const name of countNames) {
    const count: unknown = told?.[name] ?? undefined;
    if (isCount(count)) counts[name] = count;
    else if (count !== undefined)
      throw new TypeError(
        `"answer" returned ${kindOf(count)} as ${name}: return a whole number from 0 on, or leave it out`,
      );
  }
  return {
    ...counts,
    inputTokens: counts.inputTokens ?? estimateTokens(request),
    outputTokens: counts.outputTokens ?? estimateTextTokens(text),
  };
}

const newId = (id: string): string => `${id}-${randomUUID()}`;

function wholeWriter({ id, request, format, exchange }: Answering): Writer {
  let text = '';
  return {
    piece(more) {
      text += more;
    },
    end({ usage: told, finishReason = 'stop' }) {
      const usage = usageOf(told, request, text);
      exchange.head(200, json);
      const answer = format.encodeAnswer({
        id: newId(id),
        model: request.model,
        content: [{ type: 'text', text }],
        finishReason,
        usage,
      });
      exchange.write(JSON.stringify(answer));
      exchange.end();
    },
  };
}

/** The head waits for the first piece: what is thrown before it is an answer of its own. */
function streamWriter({ id, request, format, exchange }: Answering): Writer {
  const encoder = format.streamEncoder({ streamUsage: request.streamUsage ?? false });
  let text = '';
  const begin = (): void => {
    if (exchange.isHeaded()) return;
    exchange.head(200, eventStream);
    exchange.write(encoder.push({ type: 'start', id: newId(id), model: request.model }));
    exchange.write(encoder.push({ type: 'part', index: 0, part: { type: 'text' } }));
  };
  return {
    piece(more) {
      begin();
      text += more;
      exchange.write(encoder.push({ type: 'delta', index: 0, text: more }));
    },
    end({ usage: told, finishReason = 'stop' }) {
      const usage = usageOf(told, request, text);
      begin();
      exchange.write(encoder.push({ type: 'finish', reason: finishReason, usage }));
      exchange.end();
    },
  };
}
