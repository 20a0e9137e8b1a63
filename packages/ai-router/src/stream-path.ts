import type { CallUse } from './discarded.ts';
import { createSoundEvents } from './formats/sound-events.ts';
import { bytesPerToken, createOutputMeter } from './output-tokens.ts';
import type { AnswerSummary, ModelEvent, Protocol, StreamDecoder, Usage, WireFormat } from './wire-format.ts';

/** An answer on its way from the provider's protocol to the client's, chunk by chunk. */
export interface StreamPath {
  /** Whether the first piece of the answer itself has been seen. */
  hasContent(): boolean;
  /** Whether the reason of its end is known: nothing but usage and the terminator can follow. */
  isFinished(): boolean;
  /** Returns the bytes to pass on, and whether the answer's terminator, or the provider's error, has been seen. */
  push(chunk: Buffer): { readonly bytes: Buffer | undefined; readonly done: boolean };
  end(): { readonly bytes: Buffer | undefined; readonly summary: AnswerSummary };
  /** Whether a complete answer is worth keeping: no event of it was malformed. */
  isSound(): boolean;
  /** What the call used so far; nothing more may be pushed. */
  used(): CallUse;
}

/**
 * Same protocol on both sides: the bytes pass as they are, but for malformed events, watched by a tap. `choices`: answers in
 * the stream; of several a finish reason alone does not make it whole, as only the first is watched.
 */
export function relayStream(format: WireFormat, choices: number): StreamPath {
  const meter = createOutputMeter(format, choices);
  const tap = format.streamTap();
  const sound = createSoundEvents();
  /** What came from the provider's error on: it is passed on with the end, or not at all. */
  const withheld: Buffer[] = [];
  return {
    hasContent: () => tap.hasContent(),
    isFinished: () => tap.isFinished() || tap.failure() !== undefined,
    push(chunk) {
      meter.push(chunk);
      const terminated = tap.push(chunk);
      const bytes = sound.push(chunk);
      if (tap.failure() === undefined) return { bytes, done: terminated };
      const isOver = terminated || !tap.hasContent() || !failsAfterError.has(format.protocol);
      if (isOver && withheld.length === 0) return { bytes, done: true };
      if (bytes) withheld.push(bytes);
      return { bytes: undefined, done: isOver };
    },
    end() {
      const [first, ...others] = [...withheld.splice(0), sound.end()].filter((bytes) => bytes !== undefined);
      const rest = first && others.length > 0 ? Buffer.concat([first, ...others]) : first;
      const seen = tap.end();
      const lacksEnd = choices > 1 && seen.closing !== undefined && seen.outcome === 'complete';
      const summary: AnswerSummary = lacksEnd ? { ...seen, outcome: 'cut' } : seen;
      const closing = summary.closing === undefined ? undefined : Buffer.from(summary.closing);
      return { bytes: rest && closing ? Buffer.concat([rest, closing]) : (rest ?? closing), summary };
    },
    isSound: () => !sound.dropped(),
    used() {
      const { usage } = tap.end();
      // Where its beginning holds none of the answer: providers send about a token with each event.
      const seenTokens = meter.tokens() || (tap.hasContent() ? sound.count() : 0);
      return { told: usage, isWhole: tap.isFinished() && usage !== undefined, seenTokens };
    },
  };
}

/** Where the response fails by an event of its own after the one that tells why: clients that know no `error` wait for it. */
const failsAfterError: ReadonlySet<Protocol> = new Set(['openai-responses']);

/** Different protocols: decoded into events and written anew. */
export function translateStream(upstream: WireFormat, client: WireFormat, streamUsage: boolean): StreamPath {
  const decoder = upstream.streamDecoder();
  const encoder = client.streamEncoder({ streamUsage });
  return eventPath(decoder, {
    // A cut is reported once, by whoever asked for the end.
    write: (event) => (event.type === 'error' && event.error.code === 'ROUTER_UPSTREAM_CUT' ? '' : encoder.push(event)),
    isContent: ({ type }) => type === 'part',
    isSound: () => !decoder.skipped(),
  });
}

interface EventPathOptions {
  /** The bytes of an event on the client's side, possibly none. */
  write(event: ModelEvent): string;
  /** Whether it is a piece of the answer itself. */
  isContent(event: ModelEvent): boolean;
  isSound(): boolean;
}

/** An answer that is read as events and written anew, each by itself. */
export function eventPath(decoder: StreamDecoder, { write, isContent, isSound }: EventPathOptions): StreamPath {
  let last: ModelEvent | undefined;
  let model: string | undefined;
  let usage: Usage | undefined;
  let hasContent = false;
  let answerBytes = 0;

  const take = (events: readonly ModelEvent[]): Buffer | undefined => {
    let text = '';
    for (const event of events) {
      last = event;
      if (event.type === 'start') model = event.model;
      if ((event.type === 'start' || event.type === 'finish') && event.usage) usage = event.usage;
      hasContent ||= isContent(event);
      if (event.type === 'delta') answerBytes += Buffer.byteLength(event.text);
      text += write(event);
    }
    return text === '' ? undefined : Buffer.from(text);
  };
  const isOver = (): boolean => last?.type === 'finish' || last?.type === 'error';

  return {
    hasContent: () => hasContent,
    isFinished: () => decoder.isFinished(),
    push(chunk) {
      return { bytes: take(decoder.push(chunk)), done: isOver() };
    },
    end() {
      const bytes = isOver() ? undefined : take(decoder.end());
      const summary: AnswerSummary = {
        outcome: last?.type === 'finish' ? 'complete' : isCut(last) ? 'cut' : 'error',
        ...(model !== undefined && { model }),
        ...(usage && { usage }),
        ...(last?.type === 'finish' && { finishReason: last.reason }),
        ...(last?.type === 'error' && { error: last.error }),
      };
      return { bytes, summary };
    },
    isSound,
    used: () => ({
      told: usage,
      isWhole: decoder.isFinished() && usage !== undefined,
      seenTokens: Math.ceil(answerBytes / bytesPerToken),
    }),
  };
}

const isCut = (last: ModelEvent | undefined): boolean =>
  last?.type !== 'error' || last.error.code === 'ROUTER_UPSTREAM_CUT';
