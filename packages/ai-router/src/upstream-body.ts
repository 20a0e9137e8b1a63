import { RouterError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { formats } from './formats/index.ts';
import { ownName, renamed } from './formats/own-names.ts';
import type { Target } from './models.ts';
import type { Continuation } from './route.ts';
import { askToContinue, type BrokenAnswer } from './stream-resume.ts';
import { refuseTooMuch } from './translation-bound.ts';
import type { ModelRequest, Protocol } from './wire-format.ts';

/** The protocol to speak with a provider: the client's where it can. */
export const protocolFor = ({ provider }: Target, asked: Protocol): Protocol =>
  provider.protocols.includes(asked) ? asked : (provider.protocols[0] ?? asked);

/** What a provider is sent. */
export interface UpstreamBody {
  readonly body: Uint8Array | string;
  /** Fields that the translation left out by policy. */
  readonly dropped: readonly string[];
}

/**
 * The body to send for a request: the client's own bytes wherever the provider speaks the client's protocol, with only
 * the model's name replaced where it differs; a translation elsewhere.
 */
export function upstreamBody(exchange: Exchange, target: Target, protocol: Protocol): UpstreamBody {
  if (protocol !== exchange.protocol) return translatedBody(exchange, target, protocol, (request) => request);
  const { raw, body } = exchange;
  const cleaned = raw && withoutForeignProofs(exchange, target, protocol);
  if (cleaned) return cleaned;
  if (raw && body.model === target.model) return { body: raw, dropped: nothing };
  const spliced = raw && typeof body.model === 'string' ? spliceModel(raw, body.model, target.model) : undefined;
  return { body: spliced ?? JSON.stringify({ ...body, model: target.model }), dropped: nothing };
}

/** The request read, changed, and written for the provider, also where that speaks the client's protocol. */
function translatedBody(
  exchange: Exchange,
  target: Target,
  protocol: Protocol,
  change: (request: ModelRequest) => ModelRequest,
): UpstreamBody {
  refuseTooMuch(exchange.body, exchange.protocol);
  const dropped = new Set<string>();
  const places = new Map<object, string>();
  const request = change(
    formats[exchange.protocol].decodeRequest(exchange.body, {
      drop: (path) => void dropped.add(path),
      read: (thing, path) => void places.set(thing, path),
    }),
  );
  /** What is lost in writing is named as the client knows it. */
  const nameOf = (path: string): string => ownName(path, exchange.protocol, request, places);
  try {
    const asked = { ...request, model: target.model, streamUsage: true };
    const written = formats[protocol].encodeRequest(asked, { drop: (path) => void dropped.add(nameOf(path)) });
    return { body: JSON.stringify(written), dropped: [...dropped] };
  } catch (error) {
    if (!RouterError.isInstance(error) || error.param === undefined) throw error;
    throw renamed(error, nameOf(error.param));
  }
}

/** The body that has a provider go on with an answer that broke off. */
export const continuedBody = (
  exchange: Exchange,
  target: Target,
  protocol: Protocol,
  broken: BrokenAnswer,
  how: Continuation,
): UpstreamBody => translatedBody(exchange, target, protocol, (request) => askToContinue(request, broken, how));

const nothing: readonly string[] = [];
const wrappedProof = Buffer.from('"hotpath.');

/**
 * Reasoning of a model that speaks another protocol came back with this request, which the provider would refuse: it is left
 * out. What cannot be read is sent as it is.
 */
function withoutForeignProofs(exchange: Exchange, target: Target, protocol: Protocol): UpstreamBody | undefined {
  const { raw } = exchange;
  if (!raw || Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).indexOf(wrappedProof) < 0) return undefined;
  try {
    return translatedBody(exchange, target, protocol, (request) => request);
  } catch {
    return undefined;
  }
}

/**
 * Replaces the model's name in the bytes. Only a string that is spelled exactly so, stands once in the whole body and
 * follows the name `"model"` is surely the one (inside text its quotes would be escaped); otherwise undefined.
 */
function spliceModel(raw: Uint8Array, from: string, to: string): Buffer | undefined {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const spelled = Buffer.from(JSON.stringify(from));
  const at = bytes.indexOf(spelled);
  if (at < 0 || bytes.indexOf(spelled, at + 1) >= 0) return undefined;
  if (!/"model"\s*:\s*$/.test(bytes.toString('latin1', Math.max(0, at - 32), at))) return undefined;
  const spliced = Buffer.concat([
    bytes.subarray(0, at),
    Buffer.from(JSON.stringify(to)),
    bytes.subarray(at + spelled.length),
  ]);
  // The right name may be spelled with an escape, and this one stand deeper down.
  if (!bytes.includes('\\u') && !bytes.includes('\\/')) return spliced;
  return (JSON.parse(spliced.toString()) as { model?: unknown }).model === to ? spliced : undefined;
}
