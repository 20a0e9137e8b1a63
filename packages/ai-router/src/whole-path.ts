import { answerInvalid } from './errors.ts';
import type { Json, JsonObject, Usage, WireFormat } from './wire-format.ts';

/** A whole answer in the client's protocol. */
export interface WholeAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
  readonly usage?: Usage;
  /** A complete success, worth keeping. */
  readonly storable: boolean;
}

const json = 'application/json';
/** For an error that came under status 200: a client must not take it for an answer. */
const faultStatus = 502;

/** Same protocol on both sides: the provider's bytes pass as they are, unless they are not the protocol at all. */
export function relayWhole(status: number, contentType: string, body: Buffer, format: WireFormat): WholeAnswer {
  const parsed = parse(body);
  if (status !== 200) {
    if (isObject(parsed)) return { status, contentType, body, storable: false };
    // An HTML page of some proxy: the client's SDK can read an error body only.
    return whole(status, format.encodeError(format.decodeError(status, parsed ?? body.toString('utf8', 0, 2000))));
  }
  if (!isObject(parsed)) throw notJson(body);
  if (isFault(parsed)) return { status: faultStatus, contentType, body, storable: false };
  const usage = format.readUsage(parsed);
  return { status, contentType, body, storable: true, ...(usage && { usage }) };
}

/** Different protocols: the provider's answer or error is read and written anew. */
export function translateWhole(
  status: number,
  body: Buffer,
  upstream: WireFormat,
  client: WireFormat,
  stream: boolean,
): WholeAnswer {
  const parsed = parse(body);
  if (status !== 200) {
    return whole(status, client.encodeError(upstream.decodeError(status, parsed ?? body.toString('utf8', 0, 2000))));
  }
  if (!isObject(parsed)) throw notJson(body);
  if (isFault(parsed)) return whole(faultStatus, client.encodeError(upstream.decodeError(faultStatus, parsed)));
  const answer = upstream.decodeAnswer(parsed);
  if (!stream)
    return { ...whole(200, client.encodeAnswer(answer)), storable: true, ...(answer.usage && { usage: answer.usage }) };
  // Asked for a stream, the provider answered whole: the client still gets the stream it reads.
  const encoder = client.streamEncoder();
  const { id, model, text, finishReason, usage } = answer;
  const events =
    encoder.push({ type: 'start', id, model }) +
    encoder.push({ type: 'text', text }) +
    encoder.push({ type: 'finish', reason: finishReason, ...(usage && { usage }) });
  return { status: 200, contentType: 'text/event-stream; charset=utf-8', body: Buffer.from(events), storable: false };
}

const whole = (status: number, body: JsonObject): WholeAnswer => ({
  status,
  contentType: json,
  body: Buffer.from(JSON.stringify(body)),
  storable: false,
});

function parse(body: Buffer): Json | undefined {
  try {
    return JSON.parse(body.toString()) as Json;
  } catch {
    return undefined;
  }
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Some gateways put an error into an answer of status 200. */
const isFault = (body: JsonObject): boolean =>
  body.type === 'error' || (body.error !== undefined && body.error !== null && body.choices === undefined);

const notJson = (body: Buffer) =>
  answerInvalid(
    `The provider's answer is not a complete JSON object (${body.byteLength} bytes). Try again, and check its base URL.`,
  );
