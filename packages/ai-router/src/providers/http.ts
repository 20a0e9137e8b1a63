import crypto from 'node:crypto';
import { decompress } from '../decompress.ts';
import { requestInvalid } from '../errors.ts';
import { formats } from '../formats/index.ts';
import { instanceHeader, instanceId } from '../instance.ts';
import type { AnswerReceiver, CallControl, Provider } from '../provider.ts';
import { createTransport, type HttpCall } from '../transport.ts';
import type { Protocol } from '../wire-format.ts';
import { listModels } from './list-models.ts';

/** What every HTTP provider can be told. */
export interface HttpProviderOptions {
  /** The name before the slash in `provider/model`. */
  readonly id?: string;
  /** Sent as the provider asks for it; absent for servers that want none. */
  readonly apiKey?: string;
  /** Where the API stands. A query in it is sent with every call. */
  readonly baseUrl?: string;
  /** The models to offer. @default what the provider lists */
  readonly models?: readonly string[];
  /** Added to every call, before what a client or the provider's protocol would send. */
  readonly headers?: Readonly<Record<string, string>>;
}

interface HttpProviderDefinition extends HttpProviderOptions {
  readonly id: string;
  readonly baseUrl: string;
  /** What it speaks, best first. */
  readonly protocols: readonly [Protocol, ...Protocol[]];
  /** The headers that authenticate. */
  readonly auth: Readonly<Record<string, string>>;
  /** Sent unless the client or the configuration says otherwise. */
  readonly defaultHeaders?: Readonly<Record<string, string>>;
  /** The looks of this provider's model names. */
  readonly namePattern?: RegExp;
}

const listTimeouts = { connectMs: 3000, firstTokenMs: 0, idleMs: 0, totalMs: 10_000 };

/** A provider reached over HTTP, each protocol on its own path. Throws `ROUTER_REQUEST_INVALID` for an address or header of no use. */
export function httpProvider(definition: HttpProviderDefinition): Provider {
  const { id, protocols, namePattern, models } = definition;
  const base = parseBaseUrl(definition.baseUrl, id);
  const folder = base.pathname.replace(/\/+$/, '');
  const transport = createTransport({ origin: base.origin, provider: id });
  const headersFor = createHeaders(definition);

  const send = (call: Omit<HttpCall, 'path'> & { at: string }, receiver: AnswerReceiver): CallControl => {
    const { at, ...rest } = call;
    const readable = decompress(receiver, id);
    const control = transport.send({ ...rest, path: folder + at + base.search }, readable);
    return {
      pause: control.pause,
      resume: control.resume,
      abort() {
        control.abort();
        readable.abandon();
      },
    };
  };

  return {
    id,
    protocols,
    scope: scopeOf(base, definition.headers),
    ...(namePattern && { owns: (model: string) => namePattern.test(model) }),
    send: ({ protocol, body, stream, timeouts, headers }, receiver) =>
      send(
        { method: 'POST', at: formats[protocol].path, headers: headersFor(headers), body, stream, timeouts },
        receiver,
      ),
    async models(options) {
      if (models) return models;
      const call = {
        method: 'GET',
        at: '/models',
        headers: headersFor({}),
        stream: false,
        timeouts: listTimeouts,
      } as const;
      const about = { provider: id, protocol: protocols[0], signal: options?.signal };
      return listModels((receiver) => send(call, receiver), about);
    },
    prepare: () => transport.prepare(),
    close: () => transport.close(),
  };
}

/** Each name once, whoever says it: the configuration first, then the client, then the protocol's default. */
function createHeaders(definition: HttpProviderDefinition) {
  const configured = lowerCased(definition.headers, definition.id);
  const fixed: Record<string, string> = {
    'user-agent': 'hotpath',
    ...lowerCased(definition.auth, definition.id),
    ...configured,
    'content-type': 'application/json',
    // What is watched on its way must be readable.
    'accept-encoding': 'identity',
    [instanceHeader]: instanceId(),
  };
  const always = Object.entries(fixed).flat();
  const defaults = Object.entries(definition.defaultHeaders ?? {}).filter(([name]) => !(name in fixed));
  return (client: Readonly<Record<string, string>>): string[] => {
    const headers = always.slice();
    for (const [name, value] of defaults) if (!(name in client)) headers.push(name, value);
    for (const name in client) if (!(name in fixed)) headers.push(name, client[name] as string);
    return headers;
  };
}

function lowerCased(headers: Readonly<Record<string, string>> = {}, id: string): Record<string, string> {
  const lower: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    // RFC 9110: a name is a token; a value has no control characters, and travels as Latin-1.
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      throw requestInvalid(
        `Provider "${id}" cannot be sent the header "${name}": its name or value holds a character that no header may. Check its key and its "headers".`,
        'headers',
      );
    }
    lower[name.toLowerCase()] = value;
  }
  return lower;
}

/** Another address or other fixed headers may mean other answers under the same names. Keys are left out: they change. */
function scopeOf(base: URL, headers: Readonly<Record<string, string>> = {}): string {
  const address = base.origin + base.pathname.replace(/\/+$/, '') + base.search;
  return crypto.hash('sha256', JSON.stringify([address, Object.entries(headers).sort()]), 'base64url').slice(0, 22);
}

function parseBaseUrl(text: string, id: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw requestInvalid(
    `The base URL of provider "${id}" must be an http or https address, such as "https://host/v1".`,
    'baseUrl',
  );
}
