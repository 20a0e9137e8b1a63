import type { Json, JsonObject, PartStart } from '../../wire-format.ts';
import type { AnswerProgress } from '../answer-progress.ts';
import { countOf, isList, isObject, textOf } from '../json.ts';
import type { Said } from './finish.ts';
import { readCall, readSaid } from './output.ts';
import { readProof, summaryGap, textsOf } from './reasoning.ts';

/** The items of one streamed response, on their way into an answer. */
export interface StreamedItems {
  /** What has been seen that decides how the answer ends. */
  said(): Said;
  /** Reads an event of an item; any other says nothing. */
  read(type: string, data: JsonObject): void;
  /** Reads items that are whole. */
  readAll(output: Json | undefined): void;
}

const reasoning: PartStart = { type: 'reasoning' };

/**
 * Reads deltas as they come, and what a server sends only once a part or an item is whole. Items of built-in tools make a
 * translated answer fail. A tap, which skips most events, learns from them that there is content, and how it may end.
 */
export function followItems(answer: AnswerProgress, translating: boolean): StreamedItems {
  const calls = new Map<string, PartStart>();
  /** How many characters of each piece have been told, by its place. */
  const told = new Map<string, number>();
  /** Which of its two texts each reasoning item tells: the one it shows first. */
  const shown = new Map<string, string>();
  let refuses = false;

  /** `whole`: the text is all of the piece, of which deltas may have told some. */
  const tell = (place: string, key: string, part: PartStart, text: string, whole: boolean): void => {
    if (part.type === 'refusal') refuses = true;
    if (!translating && answer.hasContent()) return;
    const before = told.get(place) ?? 0;
    const rest = whole ? text.slice(before) : text;
    if (whole && rest === '') return;
    told.set(place, before + rest.length);
    if (!answer.started()) answer.start('', '');
    answer.add(key, part, rest);
  };

  const tellReasoning = (item: string, kind: string, part: number, text: string, whole: boolean): void => {
    if (text === '' || (shown.get(item) ?? kind) !== kind) return;
    const place = `${item}/${kind}/${part}`;
    if (shown.has(item) && !told.has(place)) tell(`${place}/gap`, item, reasoning, summaryGap, false);
    shown.set(item, kind);
    tell(place, item, reasoning, text, whole);
  };

  const tellArguments = (item: string, text: string, whole: boolean): void => {
    const call = calls.get(item);
    if (call) tell(item, item, call, text, whole);
  };

  const lose = (path: string): void => {
    if (translating) answer.lose(path);
  };

  const begin = (index: string, item: JsonObject): void => {
    if (item.type === 'message' || item.type === 'reasoning' || calls.has(index)) return;
    if (item.type === 'function_call') {
      const { arguments: text, ...call } = readCall(item);
      calls.set(index, call);
      tell(index, index, call, text, false);
    } else {
      lose(`output[${index}]`);
      // A built-in tool at work is content of an answer that passes as it is.
      tell(index, index, { type: 'tool-call', id: '', name: '' }, '', false);
    }
  };

  const endPart = (index: string, at: number, part: JsonObject): void => {
    const said = readSaid(part);
    if (said) tell(`${index}.${at}`, `${index}.${at}`, { type: said.type }, said.text, true);
    else lose(`output[${index}].content[${at}]`);
    if (isList(part.annotations) && part.annotations.length > 0) lose(`output[${index}].content[${at}].annotations`);
  };

  const endReasoning = (index: string, item: JsonObject): void => {
    for (const kind of ['content', 'summary']) {
      for (const [part, text] of textsOf(item[kind]).entries()) tellReasoning(index, kind, part, text, true);
    }
    const proof = readProof(item);
    if (!proof || (!translating && answer.hasContent())) return;
    if (!answer.started()) answer.start('', '');
    answer.prove(index, proof);
  };

  const end = (index: string, item: JsonObject): void => {
    begin(index, item);
    if (item.type === 'function_call') tellArguments(index, readCall(item).arguments, true);
    else if (item.type === 'reasoning') endReasoning(index, item);
    else if (item.type === 'message' && isList(item.content)) {
      for (const [at, part] of item.content.entries()) if (isObject(part)) endPart(index, at, part);
    }
  };

  const readItem = (type: string, index: string, item: JsonObject): void => {
    if (type === 'response.output_item.added') begin(index, item);
    else if (type === 'response.output_item.done') end(index, item);
  };

  return {
    said() {
      return { calls: calls.size > 0, refuses };
    },
    read(type, data) {
      const index = String(countOf(data.output_index) ?? 0);
      if (isObject(data.item)) return readItem(type, index, data.item);
      const at = countOf(data.content_index) ?? 0;
      const summaryAt = countOf(data.summary_index) ?? 0;
      const place = `${index}.${at}`;
      const delta = textOf(data.delta) ?? '';
      const text = textOf(data.text) ?? '';
      switch (type) {
        case 'response.output_text.delta':
          return tell(place, place, { type: 'text' }, delta, false);
        case 'response.output_text.done':
          return tell(place, place, { type: 'text' }, text, true);
        case 'response.refusal.delta':
          return tell(place, place, { type: 'refusal' }, delta, false);
        case 'response.refusal.done':
          return tell(place, place, { type: 'refusal' }, textOf(data.refusal) ?? '', true);
        case 'response.function_call_arguments.delta':
          return tellArguments(index, delta, false);
        case 'response.function_call_arguments.done':
          return tellArguments(index, textOf(data.arguments) ?? '', true);
        case 'response.reasoning_summary_text.delta':
          return tellReasoning(index, 'summary', summaryAt, delta, false);
        case 'response.reasoning_summary_text.done':
          return tellReasoning(index, 'summary', summaryAt, text, true);
        case 'response.reasoning_text.delta':
          return tellReasoning(index, 'content', at, delta, false);
        case 'response.reasoning_text.done':
          return tellReasoning(index, 'content', at, text, true);
        case 'response.output_text.annotation.added':
          return lose(`output[${index}].content[${at}].annotations`);
      }
    },
    readAll(output) {
      if (!isList(output)) return;
      for (const [index, item] of output.entries()) if (isObject(item)) end(String(index), item);
    },
  };
}
