import { fieldUnsupported, keptAtOpenai, requestInvalid } from '../../errors.ts';
import type { AssistantPart, Json, JsonObject, Losses, ModelMessage } from '../../wire-format.ts';
import { isList, isObject } from '../json.ts';
import { readParts } from '../request-content.ts';
import { type FieldRules, refuseLostFields } from '../request-fields.ts';
import { readAssistantPart, readRequired, readSystemPart, readUserPart } from './content.ts';
import { readProof, readReasoningText } from './reasoning.ts';
import { functionCallOutputRules, functionCallRules, messageRules, reasoningItemRules } from './request-rules.ts';

const protocol = 'openai-responses';

/**
 * Reads the input: a text, or a list of items. What the model said in one turn stands in several items (reasoning,
 * messages, calls) and becomes one message. Items of built-in tools and references to items that OpenAI keeps are refused.
 */
export function readInput(input: Json | undefined, losses?: Losses): ModelMessage[] {
  if (typeof input === 'string') return [{ role: 'user', content: [{ type: 'text', text: input }] }];
  if (!isList(input) || input.length === 0) {
    throw requestInvalid('"input" must be a text or a list of at least one item.', 'input');
  }
  const messages: ModelMessage[] = [];
  let turn: AssistantPart[] | undefined;
  for (const [index, item] of input.entries()) {
    const path = `input[${index}]`;
    if (!isObject(item)) throw requestInvalid(`"${path}" must be an object.`, path);
    const read = readItem(item, path, losses);
    if (!Array.isArray(read)) {
      losses?.read?.(read, path);
      messages.push(read);
      turn = undefined;
      continue;
    }
    // What is no message but stands as an item by itself.
    if (item.type === 'function_call' || item.type === 'reasoning') {
      for (const part of read) losses?.read?.(part, path);
    }
    if (turn) {
      turn.push(...read);
    } else if (read.length > 0) {
      turn = [...read];
      messages.push({ role: 'assistant', content: turn });
    }
  }
  return messages;
}

/** A message, or parts of what the model said. */
function readItem(item: JsonObject, path: string, losses?: Losses): ModelMessage | AssistantPart[] {
  const refuse = (rules: FieldRules): void => refuseLostFields(item, rules, `${path}.`, protocol, losses);
  switch (item.type ?? (item.role === undefined && item.id !== undefined ? 'item_reference' : 'message')) {
    case 'message':
      refuse(messageRules);
      return readMessage(item, path, losses);
    case 'function_call':
      refuse(functionCallRules);
      return [
        {
          type: 'tool-call',
          id: readRequired(item.call_id, `${path}.call_id`),
          name: readRequired(item.name, `${path}.name`),
          arguments: readRequired(item.arguments, `${path}.arguments`),
        },
      ];
    case 'function_call_output':
      refuse(functionCallOutputRules);
      return {
        role: 'tool',
        callId: readRequired(item.call_id, `${path}.call_id`),
        content: readParts(item.output, `${path}.output`, (part, place) => readUserPart(part, place, losses), losses),
      };
    case 'reasoning':
      refuse(reasoningItemRules);
      return readReasoning(item, path, losses);
    case 'item_reference':
      throw keptAtOpenai(path, 'an item of an earlier response');
    default:
      throw fieldUnsupported(path, protocol);
  }
}

function readMessage(item: JsonObject, path: string, losses?: Losses): ModelMessage | AssistantPart[] {
  const { role, content } = item;
  const place = `${path}.content`;
  if (role === 'user')
    return { role, content: readParts(content, place, (part, at) => readUserPart(part, at, losses), losses) };
  if (role === 'system' || role === 'developer') {
    return {
      role: 'system',
      content: readParts(content, place, (part, at) => readSystemPart(part, at, losses), losses),
    };
  }
  if (role === 'assistant') return readParts(content, place, (part, at) => readAssistantPart(part, at, losses), losses);
  throw requestInvalid(`"${path}.role" must be user, assistant, system or developer.`, `${path}.role`);
}

/** Reasoning that only its id stands for is kept by OpenAI, and nobody else can look it up. */
function readReasoning(item: JsonObject, path: string, losses?: Losses): AssistantPart[] {
  const text = readReasoningText(item);
  const proof = readProof(item);
  if (text !== '' || proof) return [{ type: 'reasoning', text, ...(proof && { proof }) }];
  losses?.drop(path);
  return [];
}
