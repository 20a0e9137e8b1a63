import { describe, expect, test } from 'vitest';
import type { RouterErrorCode } from '../errors.ts';
import type {
  AnswerSummary,
  ErrorInfo,
  Json,
  JsonObject,
  ModelAnswer,
  ModelEvent,
  ModelRequest,
  PartStart,
  ReasoningProof,
  WireFormat,
} from '../wire-format.ts';

interface Named {
  readonly name: string;
}

export interface RequestFixture extends Named {
  readonly body: JsonObject;
  readonly request: ModelRequest;
  /** Paths of what reading it leaves out by policy, in order. */
  readonly dropped?: readonly string[];
  /** Writing the request and reading it again does not give the same one. */
  readonly lossy?: boolean;
}

export interface RefusalFixture extends Named {
  readonly body: JsonObject;
  readonly code: RouterErrorCode;
  /** The field that the error names. */
  readonly param: string;
}

export interface AnswerFixture extends Named {
  readonly body: JsonObject;
  readonly answer: ModelAnswer;
  readonly lossy?: boolean;
}

export interface RefusedAnswerFixture extends Named {
  readonly body: JsonObject;
  /** What the error's message names. */
  readonly names: string;
}

export interface StreamFixture extends Named {
  readonly bytes: Uint8Array;
  readonly events: readonly ModelEvent[];
  readonly summary: AnswerSummary;
  readonly lossy?: boolean;
  /** Why the tap, which passes everything, and the decoder, which carries what every protocol can say, disagree. */
  readonly tapDiffers?: string;
}

export interface ErrorFixture extends Named {
  readonly status: number;
  readonly body?: Json;
  readonly error: ErrorInfo;
}

/** Bodies and bytes in one protocol, as real clients and providers send them, with what they mean. */
export interface WireFormatFixtures {
  readonly requests: readonly RequestFixture[];
  readonly refusals: readonly RefusalFixture[];
  readonly answers: readonly AnswerFixture[];
  readonly refusedAnswers: readonly RefusedAnswerFixture[];
  readonly streams: readonly StreamFixture[];
  readonly errors: readonly ErrorFixture[];
}

/** Declares the tests (for vitest) that every wire format must pass. */
export function testWireFormat(format: WireFormat, fixtures: WireFormatFixtures): void {
  describe(`wire format ${format.protocol}`, () => {
    describe('requests', () => testRequests(format, fixtures));
    describe('answers', () => testAnswers(format, fixtures));
    describe.each(fixtures.streams)('stream $name', (fixture) => testStream(format, fixture));
    describe('errors', () => testErrors(format, fixtures));
  });
}

function testRequests(format: WireFormat, { requests, refusals }: WireFormatFixtures): void {
  test.each(requests)('$name is read', ({ body, request, dropped = [] }) => {
    const told: string[] = [];
    expect(format.decodeRequest(body, { drop: (path) => told.push(path) })).toEqual(request);
    expect(told).toEqual(dropped);
    expect(format.decodeRequest(body), 'without anybody to tell').toEqual(request);
  });
  test.each(requests.filter(({ lossy }) => !lossy))('$name survives being written', ({ request }) => {
    const told: string[] = [];
    const written = format.encodeRequest(request, { drop: (path) => told.push(path) });
    expect(format.decodeRequest(throughJson(written))).toEqual(request);
    expect(told).toEqual([]);
  });
  test.each(refusals)('$name is refused by name', ({ body, code, param }) => {
    expect(() => format.decodeRequest(body)).toThrow(expect.objectContaining({ code, param, status: 400 }));
  });
}

function testAnswers(format: WireFormat, { answers, refusedAnswers }: WireFormatFixtures): void {
  test.each(answers)('$name is read', ({ body, answer }) => {
    expect(format.decodeAnswer(body)).toEqual(answer);
    expect(format.summarise(body)).toMatchObject({
      outcome: answer.finishReason === 'other' ? 'cut' : 'complete',
      ...(answer.finishReason !== 'other' && { finishReason: answer.finishReason }),
      ...(answer.usage && { usage: answer.usage }),
    });
  });
  test.each(answers.filter(({ lossy }) => !lossy))('$name survives being written', ({ answer }) => {
    expect(format.decodeAnswer(throughJson(format.encodeAnswer(answer)))).toMatchObject(answer);
  });
  test('an answer without an id is given one', () => {
    const answer: ModelAnswer = { id: '', model: 'm', content: [{ type: 'text', text: 'x' }], finishReason: 'stop' };
    expect(format.encodeAnswer(answer).id).toMatch(/.{10}/);
  });
  test.each(refusedAnswers)('$name is refused by name', ({ body, names }) => {
    expect(() => format.decodeAnswer(body)).toThrow(
      expect.objectContaining({ code: 'ROUTER_ANSWER_INVALID', message: expect.stringContaining(names) }),
    );
  });
}

function testStream(format: WireFormat, { bytes, events, summary, lossy, tapDiffers }: StreamFixture): void {
  const finished = events.at(-1)?.type === 'finish';

  test('is decoded', () => {
    expect(decode(format, [bytes])).toEqual(events);
  });

  test('is summed up by the tap', () => {
    expect(tapped(format, [bytes]).summary).toEqual(summary);
  });

  test('means the same wherever it is split', () => {
    for (const at of cuts(bytes)) {
      const chunks = [bytes.subarray(0, at), bytes.subarray(at)];
      expect(decode(format, chunks), `split at byte ${at}`).toEqual(events);
      expect(tapped(format, chunks).summary, `split at byte ${at}`).toEqual(summary);
    }
    const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
    expect(decode(format, single)).toEqual(events);
    expect(tapped(format, single).summary).toEqual(summary);
  });

  if (!tapDiffers) {
    test('tap and decoder agree, wherever it is cut', () => {
      for (const at of cuts(bytes)) {
        const part = bytes.subarray(0, at);
        const told = decode(format, [part]);
        const { summary: seen, hasContent } = tapped(format, [part]);
        const { outcome, finishReason } = seen;
        expect({ outcome, finishReason }, `cut at byte ${at}`).toEqual(summaryOf(told));
        expect(hasContent, `cut at byte ${at}`).toBe(told.some(({ type }) => type === 'part'));
      }
    });
  }

  if (summary.outcome !== 'complete') return;

  test('is cut until its finish, and whole from there on', () => {
    const outcomes = eventEnds(bytes).map((end) => tapped(format, [bytes.subarray(0, end)]).summary.outcome);
    const whole = outcomes.indexOf('complete');
    expect(outcomes).toEqual(outcomes.map((_, index) => (index < whole ? 'cut' : 'complete')));
  });

  test('ends with a terminator once its closing is appended', () => {
    for (const end of eventEnds(bytes)) {
      const part = bytes.subarray(0, end);
      const { summary: seen, terminated } = tapped(format, [part]);
      if (seen.outcome !== 'complete') continue;
      expect(seen.closing === undefined).toBe(terminated);
      expect(tapped(format, [part, Buffer.from(seen.closing ?? '')]).terminated).toBe(true);
    }
  });

  if (!finished || lossy) return;

  test('survives being written', () => {
    const written = encode(format, events);
    const again = decode(format, [Buffer.from(written)]);
    expect(partsOf(again)).toEqual(partsOf(events));
    expect(again.at(-1)).toMatchObject(events.at(-1) ?? {});
    expect(again[0]).toMatchObject(withoutUsage(events[0]));
    expect(tapped(format, [Buffer.from(written)])).toMatchObject({
      terminated: true,
      summary: { outcome: 'complete' },
    });
  });
}

function testErrors(format: WireFormat, { errors }: WireFormatFixtures): void {
  test.each(errors)('$name is read', ({ status, body, error }) => {
    expect(format.decodeError(status, body)).toEqual(error);
  });
  test.each(errors)('$name survives being written, but for its type', ({ error }) => {
    const { type, code, ...kept } = error;
    const again = format.decodeError(error.status, throughJson(format.encodeError(error)));
    expect(again).toMatchObject(kept);
    expect([again.type, again.code]).toContain(code ?? type);
  });
  test.each(errors)('$name can end a stream', ({ error }) => {
    const written = encode(format, [
      { type: 'start', id: 'a', model: 'm' },
      { type: 'part', index: 0, part: { type: 'text' } },
      { type: 'delta', index: 0, text: 'Once' },
      { type: 'error', error },
      { type: 'delta', index: 0, text: 'never told' },
    ]);
    const events = decode(format, [Buffer.from(written)]);
    expect(events.map(({ type }) => type)).toEqual(['start', 'part', 'delta', 'error']);
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { message: error.message } });
    expect(tapped(format, [Buffer.from(written)]).summary.outcome).toBe('error');
  });
}

function throughJson(body: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(body));
}

function decode(format: WireFormat, chunks: readonly Uint8Array[]): ModelEvent[] {
  const decoder = format.streamDecoder();
  return [...chunks.flatMap((chunk) => decoder.push(chunk)), ...decoder.end()];
}

function encode(format: WireFormat, events: readonly ModelEvent[]): string {
  const encoder = format.streamEncoder({ streamUsage: true });
  return events.map((event) => encoder.push(event)).join('');
}

interface Tapped {
  readonly summary: AnswerSummary;
  readonly terminated: boolean;
  readonly hasContent: boolean;
}

function tapped(format: WireFormat, chunks: readonly Uint8Array[]): Tapped {
  const tap = format.streamTap();
  let terminated = false;
  for (const chunk of chunks) terminated = tap.push(chunk);
  const summary = tap.end();
  return { summary, terminated, hasContent: tap.hasContent() };
}

function summaryOf(
  events: readonly ModelEvent[],
): Pick<AnswerSummary, 'outcome'> & { finishReason: string | undefined } {
  const last = events.at(-1);
  if (last?.type === 'finish') return { outcome: 'complete', finishReason: last.reason };
  const cut = last?.type !== 'error' || last.error.code === 'ROUTER_UPSTREAM_CUT';
  return { outcome: cut ? 'cut' : 'error', finishReason: undefined };
}

/** The parts that a stream's events come to, however they were cut. */
function partsOf(events: readonly ModelEvent[]): { start: PartStart; text: string; proof?: ReasoningProof }[] {
  const parts: ReturnType<typeof partsOf> = [];
  for (const event of events) {
    if (event.type === 'part') parts[event.index] = { start: event.part, text: '' };
    const part = 'index' in event ? parts[event.index] : undefined;
    if (part && event.type === 'delta') part.text += event.text;
    if (part && event.type === 'proof') part.proof = event.proof;
  }
  return parts;
}

function withoutUsage(event: ModelEvent | undefined): object {
  return event?.type === 'start' ? { type: 'start', id: event.id, model: event.model } : {};
}

/** Where each event ends, its blank line included; 0 first. */
function eventEnds(bytes: Uint8Array): number[] {
  const text = Buffer.from(bytes).toString('latin1');
  return [0, ...Array.from(text.matchAll(/\r?\n\r?\n/g), (match) => match.index + match[0].length)];
}

/**
 * Where to cut a stream: at each byte of a line's end and of a character of several, which parsers hold state for, and at
 * one in five elsewhere, a number that drifts through the events.
 */
function cuts(bytes: Uint8Array): number[] {
  const isTelling = (byte: number | undefined): boolean => byte === 10 || byte === 13 || (byte ?? 0) > 127;
  const all = Array.from({ length: bytes.length + 1 }, (_, at) => at);
  return all.filter((at) => at % 5 === 0 || at === bytes.length || isTelling(bytes[at - 1]) || isTelling(bytes[at]));
}
