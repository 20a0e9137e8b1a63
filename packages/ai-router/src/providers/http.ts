import type { Credential } from '../credential.ts';
import { decompress } from '../decompress.ts';
import type { BatchApi } from '../economy/batch-api.ts';
import { type ApiCaller, createApiCaller } from '../economy/http-calls.ts';
import { requestInvalid } from '../errors.ts';
import { formats } from '../formats/index.ts';
import { instanceHeader, instanceId } from '../instance.ts';
import type { AnswerReceiver, CallControl, Provider } from '../provider.ts';
import { createRedact, redactFor } from '../redact.ts';
import { sha256 } from '../sha256.ts';
import { createTransport, type HttpCall } from '../transport.ts';
import type { Protocol } from '../wire-format.ts';
import { createKeyRule } from './key-rule.ts';
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
  /**
   * Whether clients' own keys are sent there in place of its own. `true`: all but those that are surely another vendor's;
   * `false`: none. @default those of its own kind
   */
  readonly passThroughKeys?: boolean;
  /** Whether calls carry the `traceparent` of the request that they are made for, so that the provider goes on with its trace. @default false */
  readonly forwardTrace?: boolean;
}

interface HttpProviderDefinition extends HttpProviderOptions {
  readonly id: string;
  readonly baseUrl: string;
  /** What it speaks, best first. */
  readonly protocols: readonly [Protocol, ...Protocol[]];
  /** Whose API it is; decides which clients' keys may be sent there. */
  readonly keyOwner?: string;
  /** The headers that authenticate with a key, of its own or a client's. */
  readonly auth: (key: string, credential?: Credential) => Readonly<Record<string, string>>;
  /** Sent unless the client or the configuration says otherwise. */
  readonly defaultHeaders?: Readonly<Record<string, string>>;
  /** The looks of this provider's model names. */
  readonly namePattern?: RegExp;
  /** Its batch API, called with the provider's own key and connections; `account` tells keys apart. */
  readonly batches?: (caller: ApiCaller, about: { readonly provider: string; readonly account: string }) => BatchApi;
}

const listTimeouts = { connectMs: 3000, firstTokenMs: 0, idleMs: 0, totalMs: 10_000 };

/** A provider reached over HTTP, each protocol on its own path. Throws `ROUTER_REQUEST_INVALID` for an address or header of no use. */
export function httpProvider(definition: HttpProviderDefinition): Provider {
  const { id, protocols, namePattern, models } = definition;
  const base = parseBaseUrl(definition.baseUrl, id);
  const folder = base.pathname.replace(/\/+$/, '');
  const transport = createTransport({ origin: base.origin, provider: id });
  const headersFor = createHeaders(definition);
  const redact = createRedact(keysOf(definition, base));
  const rule = createKeyRule({
    owner: definition.keyOwner,
    hostname: base.hostname,
    hasKey: Boolean(definition.apiKey) || Object.keys(definition.headers ?? {}).some((name) => secret.test(name)),
    passThroughKeys: definition.passThroughKeys,
  });

  const send = (
    call: Omit<HttpCall, 'path'> & { at: string; query?: string },
    receiver: AnswerReceiver,
  ): CallControl => {
    const { at, query, ...rest } = call;
    const readable = decompress(receiver, id);
    const control = transport.send({ ...rest, path: folder + at + searchOf(base, query) }, readable);
    return {
      pause: control.pause,
      resume: control.resume,
      abort() {
        control.abort();
        readable.abandon();
      },
    };
  };

  /** A batch outlives the request of a client, and must not be made with its key. */
  const batches = rule.needsKey
    ? undefined
    : definition.batches?.(
        createApiCaller(
          ({ method, path, headers = {}, contentType, body, timeouts }, receiver) => {
            const [at = '', query] = path.split('?');
            const told = headersFor(headers);
            if (contentType !== undefined) told[told.indexOf('content-type') + 1] = contentType;
            const content = { ...(body !== undefined && { body }), ...(query !== undefined && { query }) };
            return send({ method, at, headers: told, stream: false, timeouts, once: true, ...content }, receiver);
          },
          { provider: id, format: formats[protocols[0]], redact },
        ),
        { provider: id, account: accountOf(definition.apiKey) },
      );

  return {
    id,
    protocols,
    ...(batches && { batches }),
    scope: scopeOf(base, definition.headers),
    ...(namePattern && { owns: (model: string) => namePattern.test(model) }),
    // A client in the gateway's own shell may well have the gateway's own key: that is no other's.
    takes: (credential) => rule.takes(credential) && credential.reveal() !== definition.apiKey,
    needsKey: rule.needsKey,
    redact,
    send: ({ protocol, body, stream, timeouts, headers, traceparent, query, credential }, receiver) =>
      send(
        {
          method: 'POST',
          at: formats[protocol].path,
          headers: headersFor(
            definition.forwardTrace && traceparent !== undefined ? { ...headers, traceparent } : headers,
            credential,
          ),
          body,
          stream,
          timeouts,
          ...(query !== undefined && { query }),
        },
        receiver,
      ),
    async models(options) {
      if (models) return models;
      const credential = options?.credential;
      const call = {
        method: 'GET',
        at: '/models',
        headers: headersFor({}, credential),
        stream: false,
        timeouts: listTimeouts,
      } as const;
      const said = redactFor({ redact }, credential);
      const about = { provider: id, protocol: protocols[0], signal: options?.signal, redact: said };
      return listModels((receiver) => send(call, receiver), about);
    },
    prepare: () => transport.prepare(),
    close: () => transport.close(),
  };
}

/** Names of headers that hold a key, whatever they are called. */
const secret = /auth|key|token|secret|cookie/i;
/** All that it is configured with and nobody else should see: its key, and what headers and the query of its address hold. */
function keysOf({ apiKey = '', headers = {} }: HttpProviderOptions, { searchParams }: URL): string[] {
  const secrets = [...Object.entries(headers), ...searchParams].filter(([name]) => secret.test(name));
  // A header holds a key alone, or a scheme before it.
  return [apiKey, ...secrets.flatMap(([, value]) => [value, value.replace(/^\S+\s+/, '')])];
}

/** Names of headers that say whose account pays. */
const account = /^openai-(?:organization|project)$/;

/** Each name once, whoever says it: the configuration first, then the client, then the protocol's default. */
function createHeaders(definition: HttpProviderDefinition) {
  const { apiKey, auth } = definition;
  const configured = lowerCased(definition.headers, definition.id);
  const own = apiKey === undefined || apiKey === '' ? {} : lowerCased(auth(apiKey), definition.id);
  const common = {
    'content-type': 'application/json',
    // What is watched on its way must be readable.
    'accept-encoding': 'identity',
    [instanceHeader]: instanceId(),
  };
  const fixed: Record<string, string> = { 'user-agent': 'hotpath', ...own, ...configured, ...common };
  const always = Object.entries(fixed).flat();
  const defaults = Object.entries(definition.defaultHeaders ?? {});

  const join = (
    given: readonly string[],
    taken: Readonly<Record<string, string>>,
    client: Readonly<Record<string, string>>,
  ): string[] => {
    const headers = given.slice();
    for (const [name, value] of defaults) if (!(name in taken) && !(name in client)) headers.push(name, value);
    for (const name in client) if (!(name in taken)) headers.push(name, client[name] as string);
    return headers;
  };

  /** Another's key goes without anything that tells who we are. */
  const impersonal = Object.fromEntries(
    Object.entries(configured).filter(([name]) => !secret.test(name) && !account.test(name)),
  );
  const borrowed = (client: Readonly<Record<string, string>>, credential: Credential): string[] => {
    const said = { 'user-agent': 'hotpath', ...credential.headers, ...impersonal, ...common };
    const taken: Record<string, string> = { ...said, ...auth(credential.reveal(), credential) };
    return join(Object.entries(taken).flat(), taken, client);
  };

  return (client: Readonly<Record<string, string>>, credential?: Credential): string[] =>
    credential ? borrowed(client, credential) : join(always, fixed, client);
}

/** Another key may be another account. */
const accountOf = (apiKey = ''): string => sha256(`account:${apiKey}`).slice(0, 22);

/** The query of the address, then what the client adds to it. */
function searchOf(base: URL, query = ''): string {
  if (query === '') return base.search;
  const all = new URLSearchParams(base.search);
  for (const [name, value] of new URLSearchParams(query)) if (!base.searchParams.has(name)) all.append(name, value);
  const text = all.toString();
  return text === '' ? '' : `?${text}`;
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
  return sha256(JSON.stringify([address, Object.entries(headers).sort()])).slice(0, 22);
}

function parseBaseUrl(text: string, id: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw requestInvalid(
    `The base URL of provider "${id}" must be an http or https address, such as "https://host/v1".`,
    'baseUrl',
  );
}
