import { collectAnswer } from './answer-events.ts';
import type { Continuation } from './route.ts';
import { eventPath, type StreamPath } from './stream-path.ts';
import type { ModelEvent, ModelMessage, ModelRequest, WireFormat } from './wire-format.ts';

/** A streamed answer that broke off, as far as its client has it. */
export interface BrokenAnswer {
  readonly events: readonly ModelEvent[];
  /** Its text, which is all of it. */
  readonly text: string;
}

/**
 * Reads back what a client has of an answer. Undefined where a model could not go on from it: a tool call has begun, or
 * there is no text yet.
 */
export function readBroken(format: WireFormat, bytes: Buffer): BrokenAnswer | undefined {
  const decoder = format.streamDecoder();
  const events = decoder.push(bytes).filter(({ type }) => type !== 'finish' && type !== 'error');
  const collected = collectAnswer();
  for (const event of events) collected.push(event);
  const content = collected.content();
  const text = collected.text();
  const isText = content.every(({ type }) => type === 'text' || type === 'reasoning');
  return isText && content.at(-1)?.type === 'text' && text.trim() !== '' ? { events, text } : undefined;
}

/**
 * The request with the beginning of its answer, for a model to go on from there. White space at the end is left out, as
 * Anthropic refuses it in a prefill; the model writes it again.
 */
export function askToContinue(request: ModelRequest, { text }: BrokenAnswer, how: Continuation): ModelRequest {
  const beginning: ModelMessage = { role: 'assistant', content: [{ type: 'text', text: text.trimEnd() }] };
  const messages = [...request.messages, beginning];
  return { ...request, messages: how === 'prefill' ? messages : [...messages, instruction] };
}

/** As Anthropic advises for models without prefill (platform.claude.com, migration guide, "Continuations"). */
const instruction: ModelMessage = {
  role: 'user',
  content: [
    {
      type: 'text',
      text: 'Your previous answer was interrupted in the middle. Continue it from exactly where it stops, with the very next character. Repeat nothing, add no introduction, and do not mention the interruption.',
    },
  ],
};

/**
 * The path of a continuation: the provider's new stream is read and written on where the client's broke off, under the
 * same id and in the same part.
 */
export function resumeStream(
  upstream: WireFormat,
  client: WireFormat,
  streamUsage: boolean,
  broken: BrokenAnswer,
): StreamPath {
  const encoder = client.streamEncoder({ streamUsage });
  for (const event of broken.events) encoder.push(event);
  const parts = broken.events.filter(({ type }) => type === 'part').length;
  /** What the client has and the model was not told, which it may write again. */
  let repeated = broken.text.slice(broken.text.trimEnd().length);
  /** The number of each part of the continuation in the client's answer; of one that is left out, none. */
  const numbers = new Map<number, number>();
  let next = parts - 1;

  const withoutRepeated = (text: string): string => {
    let at = 0;
    while (at < text.length && at < repeated.length && text[at] === repeated[at]) at += 1;
    // It has gone on with something else, or has caught up.
    repeated = at === text.length ? repeated.slice(at) : '';
    return text.slice(at);
  };

  const place = (event: ModelEvent): ModelEvent | undefined => {
    if (event.type === 'start' || event.type === 'ping' || event.type === 'proof') return undefined;
    if (event.type === 'part') {
      if (event.part.type === 'reasoning') return undefined;
      numbers.set(event.index, next);
      next += 1;
      // The first one is the rest of the part that broke off.
      return next === parts && event.part.type === 'text' ? undefined : { ...event, index: next - 1 };
    }
    if (event.type !== 'delta') return event;
    const index = numbers.get(event.index);
    const text = index === parts - 1 ? withoutRepeated(event.text) : event.text;
    return index === undefined || text === '' ? undefined : { ...event, index, text };
  };

  return eventPath(upstream.streamDecoder(), {
    write(event) {
      const placed = event.type === 'error' ? undefined : place(event);
      return placed ? encoder.push(placed) : '';
    },
    isContent: ({ type }) => type === 'delta' || type === 'finish',
    // Two models' work: never kept for others.
    isSound: () => false,
  });
}
