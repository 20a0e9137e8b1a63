import type { Exchange } from './exchange.ts';
import type { Route } from './route.ts';
import { sha256 } from './sha256.ts';
import type { Json, JsonObject, Protocol } from './wire-format.ts';

const openais: ReadonlySet<string> = new Set([
  'user',
  'metadata',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'service_tier',
]);
/**
 * Fields that cannot change an answer's content. The key is everything else: a list of the fields that matter would give
 * wrong answers the day a provider adds one.
 */
const withoutEffect: Record<Protocol, ReadonlySet<string>> = {
  'openai-chat': openais,
  // Not `store`: whoever asks for it goes on from the answer by its id.
  'openai-responses': openais,
  'anthropic-messages': new Set(['metadata', 'service_tier']),
  'openai-embeddings': new Set(['user']),
  'anthropic-count-tokens': new Set(['metadata', 'service_tier']),
};

/** Fields of requests that are meant to change something at the provider: a conversation goes on, an answer is made for later. */
const withEffect: Partial<Record<Protocol, readonly string[]>> = { 'openai-responses': ['conversation', 'background'] };

/**
 * The cache key of a request: SHA-256 over its tenant, the provider (and its scope) and model that will answer, the headers and the query
 * sent on and the whole body in canonical form (RFC 8785's order of names). `undefined` where the body holds a number that
 * JavaScript cannot tell from its neighbours, so that two different requests never share a key, and where the request is
 * made for more than its answer.
 */
export function answerKey(exchange: Exchange, { provider, model }: Route['identity']): string | undefined {
  if (withEffect[exchange.protocol]?.some((name) => exchange.body[name])) return undefined;
  const { body, headers = {}, query = '', tenant = 'default', protocol } = exchange;
  const found = { isExact: true };
  const asked: Record<string, Json> = {};
  for (const name of sortedNames(body)) {
    if (name !== 'model' && !withoutEffect[protocol].has(name)) put(asked, name, inOrder(body[name] as Json, found));
  }
  if (!found.isExact) return undefined;
  const about = ['answer/3', tenant, protocol, provider.id, provider.scope ?? '', model, query];
  return sha256(JSON.stringify([about, inOrder(headers as JsonObject, found), asked]));
}

/** A copy with names in order: written at once it takes a fraction of the time of putting texts together. */
function inOrder(value: Json, found: { isExact: boolean }): Json {
  if (typeof value === 'number') {
    // Also numbers too large for JavaScript, which it reads as infinite and would write as null.
    if (!Number.isSafeInteger(value) && (Number.isInteger(value) || !Number.isFinite(value))) found.isExact = false;
    return value;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => inOrder(item, found));
  const object = value as JsonObject;
  const copy: Record<string, Json> = {};
  for (const name of sortedNames(object)) put(copy, name, inOrder(object[name] as Json, found));
  return copy;
}

function put(copy: Record<string, Json>, name: string, value: Json): void {
  // To assign it would change what the copy inherits from, and lose the member.
  if (name === '__proto__') Object.defineProperty(copy, name, { value, enumerable: true });
  else copy[name] = value;
}

/** In the order of UTF-16 code units. Most objects have few names: sorting those in place costs a third of `sort`. */
function sortedNames(object: JsonObject): string[] {
  const names = Object.keys(object);
  if (names.length > 16) return names.sort();
  for (let end = 1; end < names.length; end += 1) {
    const name = names[end] as string;
    let at = end;
    for (; at > 0 && (names[at - 1] as string) > name; at -= 1) names[at] = names[at - 1] as string;
    names[at] = name;
  }
  return names;
}
