import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamResult,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider';
import { asCallError } from './ai-sdk/call-error.ts';
import { type HotpathOptions, readHotpathOptions } from './ai-sdk/hotpath-options.ts';
import { requestOf, without } from './ai-sdk/model-request.ts';
import { readWhole } from './ai-sdk/read-whole.ts';
import { contentOf, finishOf, usageOf } from './ai-sdk/result-parts.ts';
import { openStream } from './ai-sdk/stream-sink.ts';
import { createWarnings, type Warnings } from './ai-sdk/warnings.ts';
import { costOf, type PriceTable } from './cost.ts';
import { answerInvalid, RouterError } from './errors.ts';
import type { AnswerCost, AnswerHead, AnswerSink, Exchange, Ticket } from './exchange.ts';
import { formats } from './formats/index.ts';
import { settingNamed } from './formats/own-names.ts';
import { listPrices } from './prices.ts';
import type { Router } from './router.ts';
import type { ChatProtocol, JsonObject, ModelRequest, Usage } from './wire-format.ts';

export interface LanguageModelOptions {
  /**
   * The protocol in which the router is asked: the one that the model's provider speaks carries most, such as
   * `anthropic-messages` for Claude. Any other is translated. @default "openai-chat"
   */
  readonly protocol?: ChatProtocol;
  /** Whose answers these are; see `Exchange.tenant`. */
  readonly tenant?: string;
  /** Whose limits apply besides those of provider and model; see `Exchange.limits`. */
  readonly limits?: readonly string[];
  /** What the tokens of streamed answers cost. @default `listPrices` */
  readonly prices?: PriceTable;
}

/** What a call sends, and what came of preparing it. */
export interface PreparedCall {
  readonly body: JsonObject;
  readonly warnings: Warnings;
}

const anyAddress = [/^https?:\/\//];

/**
 * A name of the router (`provider/model`, an alias or a route) as a language model of the AI SDK (specification v4), with
 * the router's cache, coalescing, retries and fallbacks behind it. Errors are `RouterError`s which the AI SDK takes for its
 * own. `providerOptions.hotpath` speaks to the router (see `HotpathOptions`); `providerMetadata.hotpath` tells who answered,
 * from where, after how many calls and for how much.
 */
export function languageModel(
  router: Pick<Router, 'answer' | 'targetsOf'>,
  name: string,
  options: LanguageModelOptions = {},
): LanguageModelV4 {
  const { protocol = 'openai-chat', tenant, limits, prices = listPrices } = options;
  const format = formats[protocol];

  const metadataOf = (head: AnswerHead, usage: Usage | undefined, cost: AnswerCost): SharedV4ProviderMetadata => {
    const { provider, model, cache, attempts } = head;
    // Whoever asked first pays for a shared call.
    const costUsd = cache === 'coalesced' ? 0 : (cost.costUsd ?? (usage && costOf(prices, model, usage, { provider })));
    return {
      hotpath: {
        provider,
        model,
        cache,
        ...(attempts !== undefined && { attempts }),
        ...(costUsd !== undefined && { costUsd }),
        ...(cost.estimatedUsd !== undefined && { estimatedUsd: cost.estimatedUsd }),
      },
    };
  };

  /** Asks until no setting is left that the model has no word for. Throws what the AI SDK expects. */
  const ask = async <Result>(
    given: LanguageModelV4CallOptions,
    stream: boolean,
    send: (exchange: Exchange, call: PreparedCall) => Promise<Result>,
  ): Promise<Result> => {
    const warnings = createWarnings();
    let body: JsonObject | undefined;
    try {
      given.abortSignal?.throwIfAborted();
      const own = readHotpathOptions(given.providerOptions);
      const model = modelIn(await router.targetsOf(name)) ?? name;
      let request = requestOf(given, { model, protocol, stream, own, warnings });
      for (;;) {
        given.abortSignal?.throwIfAborted();
        try {
          const drop = (path: string): void => warnings.unsupported(path, 'It is left out of the request.');
          body = { ...format.encodeRequest(request, { drop }), model: name };
          return await send(exchangeOf(body, given, own), { body, warnings });
        } catch (error) {
          request = lessOf(request, error, protocol, warnings);
        }
      }
    } catch (error) {
      throw asCallError(error, body);
    }
  };

  const exchangeOf = (body: JsonObject, given: LanguageModelV4CallOptions, own: HotpathOptions): Exchange => ({
    protocol,
    body,
    // Its bytes as well, of which the router takes out what the provider could not read.
    raw: Buffer.from(JSON.stringify(body)),
    headers: headersOf(given.headers),
    ...(own.cache !== undefined && { cache: own.cache }),
    ...(own.fallbacks && { fallbacks: own.fallbacks }),
    ...(tenant !== undefined && { tenant }),
    ...(limits && { limits }),
  });

  return {
    specificationVersion: 'v4',
    provider: 'hotpath',
    modelId: name,
    // Chat completions take documents by their bytes only.
    supportedUrls: {
      'image/*': anyAddress,
      ...(protocol !== 'openai-chat' && { 'application/pdf': anyAddress }),
    },
    doGenerate: (given) =>
      ask(given, false, (exchange, { body, warnings }) =>
        answered(router, exchange, given.abortSignal, (head, bytes): LanguageModelV4GenerateResult => {
          const read = readWhole(format, head, bytes);
          const { id, model, content, finishReason, usage } = read.answer;
          warnDropped(warnings, head);
          return {
            content: contentOf(content),
            finishReason: finishOf(finishReason),
            usage: usageOf(usage),
            providerMetadata: metadataOf(head, usage, head),
            request: { body },
            response: {
              ...(id !== '' && { id }),
              ...(model !== '' && { modelId: model }),
              timestamp: new Date(),
              headers: head.headers,
              body: read.body,
            },
            warnings: [...warnings.list],
          };
        }),
      ),
    doStream: (given) =>
      ask(given, true, (exchange, { body, warnings }): Promise<LanguageModelV4StreamResult> => {
        const { result, sink, attach } = openStream({
          format,
          body,
          signal: given.abortSignal,
          includeRawChunks: given.includeRawChunks ?? false,
          metadataOf,
          warningsOf(head) {
            warnDropped(warnings, head);
            return [...warnings.list];
          },
          wrapError: (error) => asCallError(error, body),
        });
        attach(router.answer(exchange, sink));
        return result;
      }),
  };
}

/** The first model that may answer, by its name at the provider. */
function modelIn([first]: readonly string[]): string | undefined {
  return first?.slice(first.indexOf('/') + 1);
}

/** The request without the setting that was refused; throws the error where it cannot do without. */
function lessOf(request: ModelRequest, error: unknown, protocol: ChatProtocol, warnings: Warnings): ModelRequest {
  const named = RouterError.isInstance(error) && error.code === 'ROUTER_FIELD_UNSUPPORTED' ? error.param : undefined;
  const param = named === undefined ? undefined : settingNamed(protocol, named);
  const less = param === undefined ? undefined : without(request, param);
  if (param === undefined || !less) throw error;
  warnings.unsupported(param, 'The model has no such setting.');
  return less;
}

function warnDropped(warnings: Warnings, { dropped = [] }: AnswerHead): void {
  for (const path of dropped) warnings.unsupported(path, 'It was left out for the model that answered.');
}

/** What the connection decides, and who called: neither belongs to a request. */
const ofTheConnection =
  /^(?:user-agent|host|connection|content-.*|accept|accept-encoding|transfer-encoding|te|upgrade|keep-alive)$/;

function headersOf(headers: LanguageModelV4CallOptions['headers'] = {}): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (value !== undefined && !ofTheConnection.test(lower)) kept[lower] = value;
  }
  return kept;
}

/** Waits for a whole answer. Rejects with the router's error, or with the signal's reason. */
function answered<Result>(
  router: Pick<Router, 'answer'>,
  exchange: Exchange,
  signal: AbortSignal | undefined,
  read: (head: AnswerHead, bytes: Buffer) => Result,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    let ticket: Ticket | undefined;
    let isSettled = false;
    const onAbort = (): void => {
      ticket?.leave();
      settle(() => reject(signal?.reason));
    };
    const settle = (end: () => void): void => {
      isSettled = true;
      signal?.removeEventListener('abort', onAbort);
      end();
    };
    const sink: AnswerSink = {
      whole: (head, bytes) =>
        settle(() => {
          try {
            resolve(read(head, bytes));
          } catch (error) {
            reject(error);
          }
        }),
      fail: (error) => settle(() => reject(error)),
      // Nobody asked for a stream.
      start() {},
      data: () => true,
      end: () => settle(() => reject(answerInvalid('The router streamed an answer that was asked for whole.'))),
    };
    ticket = router.answer(exchange, sink);
    if (!isSettled) signal?.addEventListener('abort', onAbort, { once: true });
  });
}
