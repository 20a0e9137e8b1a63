import { decompress } from '../decompress.ts';
import { answerInvalid, RouterError, requestInvalid } from '../errors.ts';
import { formats } from '../formats/index.ts';
import { type AnswerReceiver, defaultTimeouts, type Provider } from '../provider.ts';
import { createTransport } from '../transport.ts';
import type { Json, Protocol } from '../wire-format.ts';

/** What every HTTP provider can be told. */
export interface HttpProviderOptions {
  /** The name before the slash in `provider/model`. */
  readonly id?: string;
  /** Sent as the provider asks for it; absent for servers that want none. */
  readonly apiKey?: string;
  /** Where the API stands, without a trailing slash. */
  readonly baseUrl?: string;
  /** The models to offer. @default what the provider lists */
  readonly models?: readonly string[];
  /** Added to every call. */
  readonly headers?: Readonly<Record<string, string>>;
}

interface HttpProviderDefinition extends HttpProviderOptions {
  readonly id: string;
  readonly baseUrl: string;
  readonly protocol: Protocol;
  /** The headers that authenticate. */
  readonly auth: Readonly<Record<string, string>>;
  /** Sent unless the client sent its own. */
  readonly defaultHeaders?: Readonly<Record<string, string>>;
  /** The looks of this provider's model names. */
  readonly namePattern?: RegExp;
}

/** A provider reached over HTTP in one protocol. */
export function httpProvider(definition: HttpProviderDefinition): Provider {
  const { id, protocol, namePattern, models } = definition;
  const base = parseBaseUrl(definition.baseUrl, id);
  const path = base.pathname.replace(/\/+$/, '') + (base.search || '');
  const transport = createTransport({ origin: base.origin, provider: id, connectMs: defaultTimeouts.connectMs });
  const defaultHeaders = definition.defaultHeaders ?? {};
  const fixed = Object.entries({
    'content-type': 'application/json',
    // What we watch on its way must be readable.
    'accept-encoding': 'identity',
    'user-agent': 'hotpath',
    ...definition.auth,
    ...definition.headers,
  }).flat();

  return {
    id,
    protocols: [protocol],
    ...(namePattern && { owns: (model: string) => namePattern.test(model) }),
    send(call, receiver) {
      const headers = fixed.slice();
      for (const name in defaultHeaders)
        if (!(name in call.headers)) headers.push(name, defaultHeaders[name] as string);
      for (const name in call.headers) headers.push(name, call.headers[name] as string);
      return transport.send(
        {
          method: 'POST',
          path: path + formats[protocol].path,
          headers,
          body: call.body,
          stream: call.stream,
          timeouts: call.timeouts,
        },
        decompress(receiver, id),
      );
    },
    async models(options) {
      if (models) return models;
      const body = await getJson('/models?limit=1000', options?.signal);
      return readModelList(body, id);
    },
    prepare: () => transport.prepare(),
    close: () => transport.close(),
  };

  function getJson(at: string, signal?: AbortSignal): Promise<Json> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let status = 0;
      const receiver: AnswerReceiver = {
        onHead: (code) => {
          status = code;
        },
        onData: (chunk) => chunks.push(chunk),
        onEnd: () => {
          const text = Buffer.concat(chunks).toString();
          if (status !== 200) reject(modelsRefused(id, protocol, status, text));
          else resolve(parseJson(text, id));
        },
        onError: reject,
      };
      const control = transport.send(
        {
          method: 'GET',
          path: path + at,
          headers: fixed.concat(Object.entries(defaultHeaders).flat()),
          stream: false,
          timeouts: { connectMs: 3000, firstTokenMs: 0, idleMs: 0, totalMs: 10_000 },
        },
        decompress(guarded(receiver, reject), id),
      );
      signal?.addEventListener('abort', () => {
        control.abort();
        reject(signal.reason);
      });
    });
  }
}

/** A fault while reading an answer becomes the promise's, since the transport would only see a thrown callback. */
const guarded = (receiver: AnswerReceiver, reject: (error: unknown) => void): AnswerReceiver => ({
  ...receiver,
  onEnd() {
    try {
      receiver.onEnd();
    } catch (error) {
      reject(error);
    }
  },
});

function parseBaseUrl(text: string, id: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw requestInvalid(
    `The base URL of provider "${id}" must be an http or https address, such as "https://host/v1".`,
    'baseUrl',
  );
}

function parseJson(text: string, id: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw answerInvalid(`${id} listed its models in something that is not JSON. Check its base URL.`, cause);
  }
}

/** OpenAI's and Anthropic's lists agree on `{ data: [{ id }] }`. */
function readModelList(body: Json, id: string): string[] {
  const data = (body as { data?: unknown } | null)?.data;
  if (!Array.isArray(data)) throw answerInvalid(`${id} listed no models. Check its base URL, or set its "models".`);
  return data.flatMap((entry: { id?: unknown } | null) => (typeof entry?.id === 'string' ? [entry.id] : []));
}

function modelsRefused(id: string, protocol: Protocol, status: number, text: string): RouterError {
  let body: Json | undefined;
  try {
    body = JSON.parse(text) as Json;
  } catch {
    body = undefined;
  }
  const error = formats[protocol].decodeError(status, body);
  return new RouterError('ROUTER_UPSTREAM_STATUS', `${id} would not list its models (${status}): ${error.message}`, {
    status,
    provider: id,
    type: error.type,
  });
}
