import { requestInvalid } from '../../errors.ts';
import type { AssistantPart, JsonObject, Losses, ModelMessage, ToolCallPart, UserPart } from '../../wire-format.ts';
import { parseObject } from '../json.ts';
import { writeMedia } from './media.ts';
import { writeThinkingBlock } from './thinking-block.ts';
import { toolIdOf } from './tool-id.ts';

const protocol = 'anthropic-messages';

interface Turn {
  readonly role: 'user' | 'assistant';
  /** Results of tools, which Anthropic wants before all else. */
  readonly results: JsonObject[];
  readonly blocks: JsonObject[];
}

/**
 * Writes the turns. Neighbours of the same role become one turn, and results of tools join the user's. Reasoning is
 * dropped unless Anthropic can prove that it is its own, and so, untold, is text without a visible character, which
 * Anthropic refuses.
 */
export function writeTurns(messages: readonly ModelMessage[], losses?: Losses): JsonObject[] {
  const turns: Turn[] = [];
  const turnOf = (role: Turn['role']): Turn => {
    const last = turns.at(-1);
    if (last?.role === role) return last;
    const turn: Turn = { role, results: [], blocks: [] };
    turns.push(turn);
    return turn;
  };
  for (const [index, message] of messages.entries()) {
    const path = `messages[${index}]`;
    if (message.role === 'tool') {
      turnOf('user').results.push(writeResult(message, path, losses));
    } else if (message.role !== 'system') {
      const blocks = message.content.flatMap((part, at) => writePart(part, `${path}.content[${at}]`, losses));
      if (blocks.length > 0) turnOf(message.role).blocks.push(...blocks);
    }
  }
  return turns.map(({ role, results, blocks }) => ({ role, content: shortened([...results, ...blocks]) }));
}

/** Texts as blocks. */
export function writeTexts(parts: readonly { readonly text: string }[]): JsonObject[] {
  return parts.filter(isVisible).map(({ text }) => ({ type: 'text', text }));
}

const isVisible = ({ text }: { readonly text: string }): boolean => text.trim() !== '';

/** A content that is one plain text, in the short form. */
export function shortened(blocks: readonly JsonObject[]): JsonObject[string] {
  const [first] = blocks;
  return blocks.length === 1 && first?.type === 'text' ? first.text : blocks;
}

function writePart(part: UserPart | AssistantPart, path: string, losses?: Losses): JsonObject[] {
  if (part.type === 'text' || part.type === 'refusal') return writeTexts([part]);
  if (part.type === 'tool-call') return [writeCall(part, path)];
  if (part.type !== 'reasoning') return [writeMedia(part, path, losses)];
  if (part.proof?.protocol === protocol) return [writeThinkingBlock(part.text, part.proof)];
  losses?.drop(path);
  return [];
}

function writeCall(part: ToolCallPart, path: string): JsonObject {
  const input = readArguments(part);
  if (input) return { type: 'tool_use', id: toolIdOf(part.id), name: part.name, input };
  throw requestInvalid(
    `"${path}.arguments" must be the JSON text of an object, as this model's provider takes no other arguments of a tool.`,
    `${path}.arguments`,
  );
}

/** The arguments of a call as an object, which an empty text is too; nothing if they are none. */
export function readArguments({ arguments: text }: ToolCallPart): JsonObject | undefined {
  return text.trim() === '' ? {} : parseObject(text);
}

function writeResult(
  { callId, content, isError }: ModelMessage & { readonly role: 'tool' },
  path: string,
  losses?: Losses,
): JsonObject {
  const blocks = content.flatMap((part, at) => writePart(part, `${path}.content[${at}]`, losses));
  return {
    type: 'tool_result',
    tool_use_id: toolIdOf(callId),
    ...(blocks.length > 0 && { content: shortened(blocks) }),
    ...(isError && { is_error: true }),
  };
}
