import type { AssistantPart, ModelAnswer, ModelEvent, PartStart, ReasoningProof } from './wire-format.ts';

/** A whole answer as the events of a stream. */
export function eventsOf(answer: ModelAnswer): ModelEvent[] {
  const { id, model, content, finishReason, stopSequence, usage } = answer;
  return [
    { type: 'start', id, model, ...(usage && { usage }) },
    ...content.flatMap(partEvents),
    {
      type: 'finish',
      reason: finishReason,
      ...(stopSequence !== undefined && { stopSequence }),
      ...(usage && { usage }),
    },
  ];
}

function partEvents(part: AssistantPart, index: number): ModelEvent[] {
  const start: PartStart =
    part.type === 'tool-call' ? { type: part.type, id: part.id, name: part.name } : { type: part.type };
  const text = part.type === 'tool-call' ? part.arguments : part.text;
  return [
    { type: 'part', index, part: start },
    // First, as an item of OpenAI's has its id, which the proof is made for, from its beginning.
    ...(part.type === 'reasoning' && part.proof ? [{ type: 'proof', index, proof: part.proof } as const] : []),
    ...(text === '' ? [] : [{ type: 'delta', index, text } as const]),
  ];
}

/** Puts the parts of a streamed answer together. */
export interface AnswerCollector {
  push(event: ModelEvent): void;
  /** The parts so far, in order. */
  content(): readonly AssistantPart[];
  /** Their text alone, refusals included: what a reader would see. */
  text(): string;
}

interface OpenPart {
  readonly start: PartStart;
  readonly pieces: string[];
  proof: ReasoningProof | undefined;
}

export function collectAnswer(): AnswerCollector {
  const parts: OpenPart[] = [];
  return {
    push(event) {
      if (event.type === 'part') parts[event.index] = { start: event.part, pieces: [], proof: undefined };
      else if (event.type === 'delta') parts[event.index]?.pieces.push(event.text);
      else if (event.type === 'proof') {
        const part = parts[event.index];
        if (part) part.proof = event.proof;
      }
    },
    content: () => parts.map(asPart),
    text: () => contentText(parts.map(asPart)),
  };
}

/** What a reader would see of these parts. */
export const contentText = (content: readonly AssistantPart[]): string =>
  content.map((part) => (part.type === 'text' || part.type === 'refusal' ? part.text : '')).join('');

function asPart({ start, pieces, proof }: OpenPart): AssistantPart {
  const text = pieces.join('');
  if (start.type === 'tool-call') return { ...start, arguments: text };
  if (start.type === 'reasoning') return { type: 'reasoning', text, ...(proof && { proof }) };
  return { type: start.type, text };
}
