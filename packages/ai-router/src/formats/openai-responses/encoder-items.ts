import type { JsonObject, PartStart, ReasoningProof } from '../../wire-format.ts';
import { callItem, itemId, messageItem, noArguments, reasoningItem, writeSaid } from './output.ts';

/** Writes events, numbered in the order in which they are written. */
export interface EventWriter {
  event(type: string, fields: JsonObject): string;
  /** One event a token: `place` and `rest` are the JSON of its other fields, written once. */
  delta(type: string, place: string, text: string, rest: string): string;
}

/** An item that is being written. Each method returns the events to send now. */
export interface OpenItem {
  /** Whether a part that begins now belongs to this item. */
  takes(part: PartStart): boolean;
  begin(part: PartStart): string;
  delta(text: string): string;
  prove(proof: ReasoningProof): string;
  /** Ends the item; there is none where it said nothing. */
  end(status: string): { readonly text: string; readonly item: JsonObject | undefined };
}

interface Place {
  readonly answerId: string;
  /** The item's number in the output. */
  readonly index: number;
  readonly writer: EventWriter;
}

export function openItem(part: PartStart, place: Place): OpenItem {
  if (part.type === 'tool-call') return openCall(part, place);
  return part.type === 'reasoning' ? openReasoning(place) : openMessage(place);
}

const placeOf = (fields: JsonObject): string => JSON.stringify(fields).slice(1, -1);

/** A message of one or more parts, each a text or a refusal. */
function openMessage({ answerId, index, writer }: Place): OpenItem {
  const id = itemId('msg', answerId, index);
  const content: JsonObject[] = [];
  let part: { readonly type: 'text' | 'refusal'; readonly pieces: string[]; readonly place: string } | undefined;

  const endPart = (): string => {
    if (!part) return '';
    const text = part.pieces.join('');
    const at = { item_id: id, output_index: index, content_index: content.length };
    const whole = writeSaid({ type: part.type, text });
    const done =
      part.type === 'text'
        ? writer.event('response.output_text.done', { ...at, text, logprobs: [] })
        : writer.event('response.refusal.done', { ...at, refusal: text });
    part = undefined;
    content.push(whole);
    return done + writer.event('response.content_part.done', { ...at, part: whole });
  };

  return {
    takes: ({ type }) => type === 'text' || type === 'refusal',
    begin({ type }) {
      const added =
        part || content.length > 0
          ? endPart()
          : writer.event('response.output_item.added', {
              output_index: index,
              item: messageItem(id, 'in_progress', []),
            });
      const at = { item_id: id, output_index: index, content_index: content.length };
      const kind = type === 'refusal' ? 'refusal' : 'text';
      part = { type: kind, pieces: [], place: placeOf(at) };
      const empty = writeSaid({ type: kind, text: '' });
      return added + writer.event('response.content_part.added', { ...at, part: empty });
    },
    delta(text) {
      if (!part) return '';
      part.pieces.push(text);
      return part.type === 'text'
        ? writer.delta('response.output_text.delta', part.place, text, ',"logprobs":[]')
        : writer.delta('response.refusal.delta', part.place, text, '');
    },
    prove: () => '',
    end(status) {
      const ending = endPart();
      const item = messageItem(id, status, content);
      return { text: ending + writer.event('response.output_item.done', { output_index: index, item }), item };
    },
  };
}

function openCall(call: Extract<PartStart, { type: 'tool-call' }>, { answerId, index, writer }: Place): OpenItem {
  const id = itemId('fc', answerId, index);
  const at = { item_id: id, output_index: index };
  const place = placeOf(at);
  const pieces: string[] = [];
  const delta = (text: string): string => {
    pieces.push(text);
    return writer.delta('response.function_call_arguments.delta', place, text, '');
  };
  return {
    takes: () => false,
    begin: () =>
      writer.event('response.output_item.added', {
        output_index: index,
        item: callItem(id, 'in_progress', { ...call, arguments: '' }),
      }),
    delta,
    prove: () => '',
    end(status) {
      const last = pieces.length === 0 ? delta(noArguments) : '';
      const written = pieces.join('');
      const item = callItem(id, status, { ...call, arguments: written });
      const text =
        last +
        writer.event('response.function_call_arguments.done', { ...at, name: call.name, arguments: written }) +
        writer.event('response.output_item.done', { output_index: index, item });
      return { text, item };
    },
  };
}

/** Begins with its first word or its proof: a proof of OpenAI's own that comes first brings the id for which it holds. */
function openReasoning({ answerId, index, writer }: Place): OpenItem {
  let id = '';
  let proof: ReasoningProof | undefined;
  let place = '';
  const pieces: string[] = [];
  const at = () => ({ item_id: id, output_index: index, summary_index: 0 });

  const begin = (itsId: string | undefined): string => {
    if (id !== '') return '';
    id = itsId ?? itemId('rs', answerId, index);
    return writer.event('response.output_item.added', { output_index: index, item: reasoningItem(id, '', undefined) });
  };

  const endSummary = (): string => {
    if (pieces.length === 0) return '';
    const text = pieces.join('');
    return (
      writer.event('response.reasoning_summary_text.done', { ...at(), text }) +
      writer.event('response.reasoning_summary_part.done', { ...at(), part: { type: 'summary_text', text } })
    );
  };

  return {
    takes: () => false,
    begin: () => '',
    delta(text) {
      let head = begin(undefined);
      if (pieces.length === 0) {
        place = placeOf(at());
        head += writer.event('response.reasoning_summary_part.added', {
          ...at(),
          part: { type: 'summary_text', text: '' },
        });
      }
      pieces.push(text);
      return head + writer.delta('response.reasoning_summary_text.delta', place, text, '');
    },
    prove(given) {
      proof = given;
      return begin(given.protocol === 'openai-responses' ? given.id : undefined);
    },
    end() {
      if (id === '') return { text: '', item: undefined };
      const item = reasoningItem(id, pieces.join(''), proof);
      return { text: endSummary() + writer.event('response.output_item.done', { output_index: index, item }), item };
    },
  };
}
