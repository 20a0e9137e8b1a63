import { fieldUnsupported, requestInvalid } from '../../errors.ts';
import type {
  AssistantPart,
  Json,
  JsonObject,
  Losses,
  ModelMessage,
  ReasoningPart,
  ToolCallPart,
} from '../../wire-format.ts';
import { isList, isObject, textOf } from '../json.ts';
import { readParts, readTextPart, type TypedObject } from '../request-content.ts';
import { refuseLostFields } from '../request-fields.ts';
import { readText } from '../request-values.ts';
import { readPieces } from './content.ts';
import {
  assistantRules,
  calledFunctionRules,
  messageRules,
  partRules,
  refusalPartRules,
  toolCallRules,
  toolMessageRules,
} from './request-rules.ts';
import { joinThoughts, readThoughts } from './thoughts.ts';
import { readExtra } from './tool-calls.ts';
import { readUserPart } from './user-content.ts';

const protocol = 'openai-chat';

export function readMessage(message: Json, index: number, losses: Losses | undefined): ModelMessage {
  const path = `messages[${index}]`;
  const read = readAt(message, path, losses);
  losses?.read?.(read, path);
  return read;
}

function readAt(message: Json, path: string, losses: Losses | undefined): ModelMessage {
  if (!isObject(message)) throw requestInvalid(`"${path}" must be an object.`, path);
  const { role } = message;
  if (role === 'assistant') return readAssistant(message, path, losses);
  if (role === 'tool') return readResult(message, path, losses);
  // The predecessor of tools, whose results have no id.
  if (role === 'function') throw fieldUnsupported(`${path}.role`, protocol);
  if (role !== 'user' && role !== 'system' && role !== 'developer') {
    throw requestInvalid(`"${path}.role" must be system, developer, user, assistant or tool.`, `${path}.role`);
  }
  refuseLostFields(message, messageRules, `${path}.`, protocol, losses);
  if (role === 'user') {
    const content = readParts(message.content, `${path}.content`, (part, at) => readUserPart(part, at, losses), losses);
    return { role, content };
  }
  const content = readParts(message.content, `${path}.content`, (part, at) => readOnlyText(part, at, losses), losses);
  return { role: 'system', content };
}

function readOnlyText(part: TypedObject, path: string, losses: Losses | undefined) {
  if (part.type !== 'text') throw fieldUnsupported(path, protocol);
  return readTextPart(part, path, partRules, protocol, losses);
}

function readResult(message: JsonObject, path: string, losses: Losses | undefined): ModelMessage {
  refuseLostFields(message, toolMessageRules, `${path}.`, protocol, losses);
  const callId = textOf(message.tool_call_id);
  if (callId === undefined) {
    throw requestInvalid(
      `"${path}.tool_call_id" must name the call that this is the result of.`,
      `${path}.tool_call_id`,
    );
  }
  const content = readParts(message.content, `${path}.content`, (part, at) => readUserPart(part, at, losses), losses);
  return { role: 'tool', callId, content };
}

function readAssistant(message: JsonObject, path: string, losses: Losses | undefined): ModelMessage {
  refuseLostFields(message, assistantRules, `${path}.`, protocol, losses);
  const refusal = readText(message.refusal, `${path}.refusal`) ?? '';
  const calls = readCalls(message.tool_calls, `${path}.tool_calls`, losses);
  const around: AssistantPart[] = [...(refusal === '' ? [] : [{ type: 'refusal', text: refusal } as const]), ...calls];
  const reasoning = joinThoughts(readThoughts(message));
  const [field] = reasoningFields.filter((name) => textOf(message[name]) !== undefined || isList(message[name]));
  for (const part of reasoning) losses?.read?.(part, `${path}.${field}`);
  const said = message.content ?? (around.length + reasoning.length > 0 ? '' : undefined);
  const content = readParts<AssistantPart>(said, `${path}.content`, (part, at) => readSaid(part, at, losses), losses);
  return { role: 'assistant', content: [...reasoning, ...content, ...around] };
}

const reasoningFields = ['reasoning_details', 'reasoning_content', 'reasoning'];

function readSaid(part: TypedObject, path: string, losses: Losses | undefined): AssistantPart | undefined {
  if (part.type === 'refusal') {
    refuseLostFields(part, refusalPartRules, `${path}.`, protocol, losses);
    if (typeof part.refusal === 'string') return { type: 'refusal', text: part.refusal };
    throw requestInvalid(`"${path}.refusal" must be a text.`, `${path}.refusal`);
  }
  if (part.type === 'thinking') {
    const [thought] = readPieces([part], path).pieces;
    return typeof thought === 'object' ? joinThoughts([thought])[0] : undefined;
  }
  return readOnlyText(part, path, losses);
}

function readCalls(
  calls: Json | undefined,
  path: string,
  losses: Losses | undefined,
): readonly (ToolCallPart | ReasoningPart)[] {
  if (calls === null || calls === undefined) return [];
  if (!isList(calls)) throw requestInvalid(`"${path}" must be a list.`, path);
  return calls.flatMap((call, index) => {
    const at = `${path}[${index}]`;
    if (!isObject(call)) throw requestInvalid(`"${at}" must be an object.`, at);
    if (call.type === 'custom') throw fieldUnsupported(at, protocol);
    const extra = readExtra(call);
    const read = readCall(call, at, losses);
    losses?.read?.(read, at);
    if (extra) losses?.read?.(extra, `${at}.extra_content`);
    return extra ? [extra, read] : [read];
  });
}

function readCall(call: JsonObject, path: string, losses: Losses | undefined): ToolCallPart {
  refuseLostFields(call, toolCallRules, `${path}.`, protocol, losses);
  const id = textOf(call.id);
  if (id === undefined) throw requestInvalid(`"${path}.id" must be a text.`, `${path}.id`);
  const called = call.function;
  if (!isObject(called)) throw requestInvalid(`"${path}.function" must be an object.`, `${path}.function`);
  refuseLostFields(called, calledFunctionRules, `${path}.function.`, protocol, losses);
  const name = textOf(called.name);
  if (name === undefined) throw requestInvalid(`"${path}.function.name" must be a text.`, `${path}.function.name`);
  if (typeof called.arguments !== 'string') {
    throw requestInvalid(
      `"${path}.function.arguments" must be a text, the JSON of the arguments.`,
      `${path}.function.arguments`,
    );
  }
  return { type: 'tool-call', id, name, arguments: called.arguments };
}
