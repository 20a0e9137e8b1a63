import { fieldUnsupported, requestInvalid } from '../../errors.ts';
import type { Json, Losses, ModelMessage, TextPart, UserPart } from '../../wire-format.ts';
import { isList, isObject } from '../json.ts';
import { readParts, readTextPart, type TypedObject } from '../request-content.ts';
import { refuseLostFields } from '../request-fields.ts';
import { readBoolean } from '../request-values.ts';
import { readBlock } from './block.ts';
import { readUserBlock } from './media.ts';
import { assistantRules, messageRules, resultRules, textRules } from './request-rules.ts';

const protocol = 'anthropic-messages';

/** Reads one turn: a message, or, where a user's turn holds the results of tools, one for each of them and then the rest. */
export function readTurn(turn: Json, index: number, losses?: Losses): ModelMessage[] {
  const path = `messages[${index}]`;
  if (!isObject(turn)) throw requestInvalid(`"${path}" must be an object.`, path);
  refuseLostFields(turn, messageRules, `${path}.`, protocol, losses);
  const { role, content } = turn;
  if (isList(content) && content.length === 0) {
    throw requestInvalid(`"${path}.content" is empty. Say something, or leave the message out.`, `${path}.content`);
  }
  if (role === 'system') return [told({ role, content: readSystem(content, `${path}.content`, losses) }, path, losses)];
  if (role === 'user') return readUserTurn(content, `${path}.content`, losses);
  if (role !== 'assistant') {
    throw requestInvalid(`"${path}.role" must be user, assistant or system.`, `${path}.role`);
  }
  const parts = readParts(
    content,
    `${path}.content`,
    (block, place) => {
      const rules = Object.hasOwn(assistantRules, block.type) ? assistantRules[block.type] : undefined;
      if (!rules) throw fieldUnsupported(place, protocol);
      refuseLostFields(block, rules, `${place}.`, protocol, losses);
      const read = readBlock(block, place);
      if ('part' in read) return read.part;
      throw requestInvalid(`"${read.lost}" is missing or of a wrong type.`, read.lost);
    },
    losses,
  );
  return [told({ role, content: parts }, path, losses)];
}

function told(message: ModelMessage, path: string, losses?: Losses): ModelMessage {
  losses?.read?.(message, path);
  return message;
}

/** Reads instructions, which are texts only. */
export function readSystem(content: Json | undefined, path: string, losses?: Losses): TextPart[] {
  return readParts(
    content,
    path,
    (block, place) => {
      if (block.type !== 'text') throw fieldUnsupported(place, protocol);
      return readTextPart(block, place, textRules, protocol, losses);
    },
    losses,
  );
}

function readUserTurn(content: Json | undefined, path: string, losses?: Losses): ModelMessage[] {
  const results: ModelMessage[] = [];
  const parts = readParts<UserPart>(
    content,
    path,
    (block, place) => {
      if (block.type !== 'tool_result') return readUserBlock(block, place, losses);
      results.push(told(readResult(block, place, losses), place, losses));
      return undefined;
    },
    losses,
  );
  if (parts.length === 0 && results.length > 0) return results;
  return [...results, told({ role: 'user', content: parts }, path, losses)];
}

function readResult(block: TypedObject, path: string, losses?: Losses): ModelMessage {
  refuseLostFields(block, resultRules, `${path}.`, protocol, losses);
  const { tool_use_id: callId, content } = block;
  if (typeof callId !== 'string') {
    throw requestInvalid(`"${path}.tool_use_id" must be a text.`, `${path}.tool_use_id`);
  }
  const isError = readBoolean(block, 'is_error', `${path}.`);
  return {
    role: 'tool',
    callId,
    content: readParts<UserPart>(
      content ?? '',
      `${path}.content`,
      (part, place) => readUserBlock(part, place, losses),
      losses,
    ),
    ...(isError && { isError }),
  };
}
