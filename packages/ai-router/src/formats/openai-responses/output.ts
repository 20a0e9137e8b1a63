import { answerInvalid } from '../../errors.ts';
import { sha256 } from '../../sha256.ts';
import type {
  AssistantPart,
  Json,
  JsonObject,
  ReasoningProof,
  RefusalPart,
  TextPart,
  ToolCallPart,
} from '../../wire-format.ts';
import { isList, isObject, textOf } from '../json.ts';
import { notCarried } from '../not-carried.ts';
import type { Said } from './finish.ts';
import { readProof, readReasoningText, writeProof, writeSummary } from './reasoning.ts';

/** Reads the items of a whole answer. Throws `ROUTER_ANSWER_INVALID` for what a built-in tool did or found. */
export function readOutput(output: readonly Json[]): AssistantPart[] {
  return output.flatMap((item, index) => readItem(item, `output[${index}]`));
}

function readItem(item: Json, path: string): AssistantPart[] {
  if (!isObject(item)) throw answerInvalid(notCarried(path));
  if (item.type === 'message') {
    if (!isList(item.content)) throw answerInvalid(notCarried(`${path}.content`));
    return item.content.flatMap((part, index) => readPart(part, `${path}.content[${index}]`));
  }
  if (item.type === 'function_call') return [readCall(item)];
  if (item.type !== 'reasoning') throw answerInvalid(notCarried(path));
  const text = readReasoningText(item);
  const proof = readProof(item);
  return text === '' && !proof ? [] : [{ type: 'reasoning', text, ...(proof && { proof }) }];
}

/** OpenAI has an id for the item and another that ties the call to its result. */
export const readCall = (item: JsonObject): ToolCallPart => ({
  type: 'tool-call',
  id: textOf(item.call_id) ?? textOf(item.id) ?? '',
  name: textOf(item.name) ?? '',
  arguments: textOf(item.arguments) ?? '',
});

function readPart(part: Json, path: string): (TextPart | RefusalPart)[] {
  const told = isObject(part) ? readSaid(part) : undefined;
  if (!told) throw answerInvalid(notCarried(path));
  if (isObject(part) && isList(part.annotations) && part.annotations.length > 0) {
    throw answerInvalid(notCarried(`${path}.annotations`));
  }
  return told.text === '' ? [] : [told];
}

/** A part of a message: text or a refusal, and nothing for any other. */
export function readSaid(part: JsonObject): TextPart | RefusalPart | undefined {
  if (part.type === 'output_text') return { type: 'text', text: textOf(part.text) ?? '' };
  return part.type === 'refusal' ? { type: 'refusal', text: textOf(part.refusal) ?? '' } : undefined;
}

/** What the items of an answer decide about its end. */
export function saidIn(output: Json | undefined): Said {
  const items = isList(output) ? output.filter(isObject) : [];
  const parts = items.flatMap(({ content }) => (isList(content) ? content.filter(isObject) : []));
  return {
    calls: items.some(({ type }) => type === 'function_call'),
    refuses: parts.some(({ type }) => type === 'refusal'),
  };
}

/** An item's id, the same for the same answer: OpenAI's ids are at most 64 letters and digits. */
export function itemId(kind: 'msg' | 'fc' | 'rs', answerId: string, index: number): string {
  return `${kind}_${sha256(`${answerId}/${index}`, 'hex').slice(0, 48)}`;
}

export const writeSaid = ({ type, text }: TextPart | RefusalPart): JsonObject =>
  type === 'refusal'
    ? { type: 'refusal', refusal: text }
    : { type: 'output_text', annotations: [], logprobs: [], text };

export const messageItem = (id: string, status: string, content: readonly JsonObject[]): JsonObject => ({
  id,
  type: 'message',
  status,
  content,
  role: 'assistant',
});

/** Clients parse the arguments of every call, also of one that the model made without any. */
export const noArguments = '{}';

export const callItem = (id: string, status: string, call: Omit<ToolCallPart, 'type'>): JsonObject => ({
  id,
  type: 'function_call',
  status,
  arguments: call.arguments,
  call_id: call.id,
  name: call.name,
});

export const reasoningItem = (id: string, text: string, proof: ReasoningProof | undefined): JsonObject => ({
  id,
  type: 'reasoning',
  summary: writeSummary(text),
  ...(proof && { encrypted_content: writeProof(proof, id) }),
});

/** The items of a whole answer; the last one is incomplete where the answer is. */
export function writeOutput(content: readonly AssistantPart[], answerId: string, lastStatus: string): JsonObject[] {
  const groups = groupParts(content);
  return groups.map((group, index) => {
    const status = index === groups.length - 1 ? lastStatus : 'completed';
    if (Array.isArray(group)) return messageItem(itemId('msg', answerId, index), status, group.map(writeSaid));
    if (group.type === 'tool-call') {
      return callItem(itemId('fc', answerId, index), status, { ...group, arguments: group.arguments || noArguments });
    }
    const id = group.proof?.protocol === 'openai-responses' ? group.proof.id : undefined;
    return reasoningItem(id ?? itemId('rs', answerId, index), group.text, group.proof);
  });
}

type Group = (TextPart | RefusalPart)[] | Exclude<AssistantPart, TextPart | RefusalPart>;

/** Neighbouring texts share a message; reasoning that says and proves nothing is none. */
function groupParts(content: readonly AssistantPart[]): Group[] {
  const groups: Group[] = [];
  for (const part of content) {
    const last = groups.at(-1);
    if (part.type === 'reasoning' && part.text === '' && !part.proof) continue;
    if (part.type !== 'text' && part.type !== 'refusal') groups.push(part);
    else if (Array.isArray(last)) last.push(part);
    else groups.push([part]);
  }
  return groups;
}
