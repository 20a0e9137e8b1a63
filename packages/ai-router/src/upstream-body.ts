import type { Exchange } from './exchange.ts';
import { formats } from './formats/index.ts';
import type { Target } from './models.ts';
import type { Protocol } from './wire-format.ts';

/** The protocol to speak with a provider: the client's where it can. */
export const protocolFor = ({ provider }: Target, asked: Protocol): Protocol =>
  provider.protocols.includes(asked) ? asked : (provider.protocols[0] ?? asked);

/**
 * The body to send for a request: the client's own bytes wherever the provider speaks the client's protocol, with only
 * the model's name replaced where it differs; a translation elsewhere.
 */
export function upstreamBody(exchange: Exchange, target: Target, protocol: Protocol): Uint8Array | string {
  if (protocol !== exchange.protocol) {
    const request = formats[exchange.protocol].decodeRequest(exchange.body);
    return JSON.stringify(formats[protocol].encodeRequest({ ...request, model: target.model, streamUsage: true }));
  }
  const { raw, body } = exchange;
  if (raw && body.model === target.model) return raw;
  return (
    (raw && typeof body.model === 'string' && spliceModel(raw, body.model, target.model)) ||
    JSON.stringify({ ...body, model: target.model })
  );
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
