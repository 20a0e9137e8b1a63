import { eventsOf } from './answer-events.ts';
import { answerInvalid, notAnAnswer } from './errors.ts';
import { toldOf } from './told-answer.ts';
import type { AnswerSummary, Json, JsonObject, ModelAnswer, WireFormat } from './wire-format.ts';

/** A whole answer in the client's protocol. */
export interface WholeAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
  readonly summary: AnswerSummary;
  /** A complete success in the form that was asked for, worth keeping. */
  readonly storable: boolean;
}

/** An answer as the provider sent it, to a request that asked for `stream` or not. */
export interface ReceivedAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
  readonly stream: boolean;
  /** Whether the client of a stream wants usage in it. */
  readonly streamUsage: boolean;
}

const json = 'application/json';
const eventStream = 'text/event-stream; charset=utf-8';

/** Same protocol on both sides: the provider's bytes pass as they are, unless they are not the protocol at all. */
export function relayWhole(received: ReceivedAnswer, format: WireFormat): WholeAnswer {
  const { status, contentType, body } = received;
  if (status === 200 && format.summariseBytes) {
    const summary = format.summariseBytes(body);
    if (summary.outcome === 'error') return { ...failed(summary.error?.status ?? 502, contentType, body), summary };
    return { status, contentType, body, summary, storable: summary.outcome === 'complete' };
  }
  const parsed = parse(body);
  if (status !== 200) {
    // An HTML page of some proxy, or a redirect: the client's SDK can read an error of its protocol only.
    if (isErrorStatus(status) && isObject(parsed)) {
      return {
        ...failed(status, contentType, body),
        summary: { outcome: 'error', error: format.decodeError(status, parsed) },
      };
    }
    return refuse(received, parsed, format, format);
  }
  if (!isObject(parsed)) throw notJson(body);
  const summary = format.summarise(parsed);
  if (summary.outcome === 'error') return { ...failed(summary.error?.status ?? 502, contentType, body), summary };
  const streamed = received.stream ? restream(parsed, received, format, format) : undefined;
  return (
    streamed ?? { status, contentType, body, summary, storable: !received.stream && summary.outcome === 'complete' }
  );
}

/** Different protocols: the provider's answer or error is read and written anew. */
export function translateWhole(received: ReceivedAnswer, upstream: WireFormat, client: WireFormat): WholeAnswer {
  const parsed = parse(received.body);
  if (received.status !== 200) return refuse(received, parsed, upstream, client);
  if (!isObject(parsed)) throw notJson(received.body);
  const summary = upstream.summarise(parsed);
  if (summary.outcome === 'error')
    return refuse({ ...received, status: summary.error?.status ?? 502 }, parsed, upstream, client);
  const answer = upstream.decodeAnswer(parsed);
  if (received.stream) return asStream(answer, received, client);
  return {
    status: 200,
    contentType: json,
    body: Buffer.from(JSON.stringify(client.encodeAnswer(answer))),
    summary,
    storable: summary.outcome === 'complete',
  };
}

/** Asked for a stream, the provider answered whole: the client still gets the stream it reads, if it can be read at all. */
function restream(
  body: JsonObject,
  received: ReceivedAnswer,
  upstream: WireFormat,
  client: WireFormat,
): WholeAnswer | undefined {
  let answer: ModelAnswer;
  try {
    answer = upstream.decodeAnswer(body);
  } catch {
    return undefined;
  }
  return asStream(answer, received, client);
}

function asStream(answer: ModelAnswer, { streamUsage }: ReceivedAnswer, client: WireFormat): WholeAnswer {
  const encoder = client.streamEncoder({ streamUsage });
  const events = eventsOf(answer)
    .map((event) => encoder.push(event))
    .join('');
  return {
    status: 200,
    contentType: eventStream,
    body: Buffer.from(events),
    summary: { outcome: 'complete', ...toldOf(answer) },
    storable: false,
  };
}

const failed = (status: number, contentType: string, body: Buffer): WholeAnswer => ({
  status,
  contentType,
  body,
  summary: { outcome: 'error' },
  storable: false,
});

/** RFC 9110, 15: what lies above 599 is no status. */
const isErrorStatus = (status: number): boolean => status >= 400 && status <= 599;

/** The provider's error in the client's protocol. Any other status is no answer either: it becomes a 502. */
function refuse(
  { status, body }: ReceivedAnswer,
  parsed: Json | undefined,
  upstream: WireFormat,
  client: WireFormat,
): WholeAnswer {
  const error = isErrorStatus(status)
    ? upstream.decodeError(status, parsed ?? body.toString('utf8', 0, 2000))
    : notAnAnswer(status);
  const encoded = Buffer.from(JSON.stringify(client.encodeError(error)));
  return { ...failed(error.status, json, encoded), summary: { outcome: 'error', error } };
}

function parse(body: Buffer): Json | undefined {
  try {
    return JSON.parse(body.toString()) as Json;
  } catch {
    return undefined;
  }
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const notJson = (body: Buffer) =>
  answerInvalid(
    `The provider's answer is not a complete JSON object (${body.byteLength} bytes). Try again, and check its base URL.`,
  );
