import crypto from 'node:crypto';
import type { Exchange } from './exchange.ts';
import type { Route } from './route.ts';
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
  const ignored = withoutEffect[exchange.protocol];
  const headers = exchange.headers ? canonical(exchange.headers as JsonObject) : '{}';
  const query = exchange.query === undefined ? '' : JSON.stringify(exchange.query);
  const names = Object.keys(exchange.body)
    .filter((name) => name !== 'model' && !ignored.has(name) && exchange.body[name] !== undefined)
    .sort();
  let text =
    JSON.stringify([
      'answer/2',
      exchange.tenant ?? 'default',
      exchange.protocol,
      provider.id,
      provider.scope ?? '',
      model,
    ]) +
    headers +
    query;
  for (const name of names) {
    const value = canonical(exchange.body[name] as Json);
    if (value === undefined) return undefined;
    text += `,${JSON.stringify(name)}:${value}`;
  }
  return crypto.hash('sha256', text, 'base64url');
}

/** `undefined` where it holds a number that cannot be told from its neighbours. */
function canonical(value: Json): string | undefined {
  const found = { isExact: true };
  // A sorted copy is written several times as fast as texts are put together.
  const copy = inOrder(value, found);
  return found.isExact ? JSON.stringify(copy) : undefined;
}

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
  for (const name of Object.keys(object).sort()) {
    const member = inOrder(object[name] as Json, found);
    // To assign it would change what the copy inherits from, and lose the member.
    if (name === '__proto__') Object.defineProperty(copy, name, { value: member, enumerable: true });
    else copy[name] = member;
  }
  return copy;
}
