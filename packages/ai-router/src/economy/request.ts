import { credentialFor } from '../credential.ts';
import type { Exchange } from '../exchange.ts';
import { formats } from '../formats/index.ts';
import { isObject, parseObject } from '../formats/json.ts';
import { answerKey } from '../key.ts';
import type { Target } from '../models.ts';
import { protocolFor, upstreamBody } from '../upstream-body.ts';
import { relayWhole, translateWhole, type WholeAnswer } from '../whole-path.ts';
import type { JsonObject, Protocol } from '../wire-format.ts';
import type { JobRequest } from './journal.ts';

/** Where an answer belongs that its client does not wait for any more. */
export interface Destination {
  readonly tenant: string;
  /** The client's protocol. */
  readonly protocol: Protocol;
  readonly stream: boolean;
  readonly streamUsage: boolean;
  /** In the answer cache; absent where it is not to be stored. */
  readonly storeKey?: string;
}

/** Fields that have no place in a batch: its answers come whole, and at a price of their own. */
const ofLiveCalls = ['stream', 'stream_options', 'service_tier'] as const;

/**
 * The request as a batch takes it, or undefined where a batch must not: it is made for more than its answer, or holds a number
 * that JavaScript cannot tell from its neighbours. Throws what the translation for this target throws.
 */
export function jobRequestFor(
  exchange: Exchange,
  target: Target,
  { storeKey, shared }: { readonly storeKey: string | undefined; readonly shared: boolean },
): JobRequest | undefined {
  const { body, headers, tenant = 'default', deadlineAt } = exchange;
  const protocol = protocolFor(target, exchange.protocol);
  if (deadlineAt === undefined || !target.provider.batches?.protocols.includes(protocol)) return undefined;
  // What goes out under a client's own key, or with words in its address, is a call of its own.
  if (credentialFor(target.provider, exchange.credential) || exchange.query) return undefined;
  const { stream_options: options } = body;
  const fingerprint = answerKey({ ...exchange, body: withoutLiveFields(body) }, target);
  if (fingerprint === undefined) return undefined;
  const destination: Destination = {
    tenant,
    protocol: exchange.protocol,
    stream: body.stream === true,
    streamUsage: isObject(options) && options.include_usage === true,
    ...(storeKey !== undefined && { storeKey }),
  };
  return {
    fingerprint,
    shared,
    provider: target.provider.id,
    scope: target.provider.scope ?? '',
    protocol,
    model: target.model,
    headers: (protocol === exchange.protocol && headers) || {},
    body: lineOf(upstreamBody(exchange, target, protocol).body),
    deadlineAt,
    destination: JSON.stringify(destination),
  };
}

/** A provider's answer from a batch in the form that its client asked for. Throws where it is no answer. */
export function answerFromBatch(answer: string, protocol: Protocol, destination: Destination): WholeAnswer {
  const { stream, streamUsage } = destination;
  const received = { status: 200, contentType: 'application/json', body: Buffer.from(answer), stream, streamUsage };
  const client = formats[destination.protocol];
  const whole =
    protocol === destination.protocol
      ? relayWhole(received, client)
      : translateWhole(received, formats[protocol], client);
  // Made of a whole answer, a stream is known to be complete.
  return { ...whole, storable: whole.status === 200 && whole.summary.outcome === 'complete' };
}

function withoutLiveFields(body: JsonObject): JsonObject {
  const kept = { ...body };
  for (const name of ofLiveCalls) delete kept[name];
  return kept;
}

/** One line of JSON: the very bytes, where nothing must go. */
function lineOf(sent: Uint8Array | string): string {
  const text = typeof sent === 'string' ? sent : Buffer.from(sent.buffer, sent.byteOffset, sent.byteLength).toString();
  const body = parseObject(text);
  if (body && ofLiveCalls.some((name) => body[name] !== undefined)) return JSON.stringify(withoutLiveFields(body));
  // Between tokens alone: inside a string JSON has no raw line break.
  return text.replace(/[\r\n]+/g, ' ');
}
