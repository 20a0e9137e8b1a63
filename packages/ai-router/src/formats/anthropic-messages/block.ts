import type { AssistantPart, Json } from '../../wire-format.ts';
import { isList, isObject } from '../json.ts';
import { readThinkingBlock } from './thinking-block.ts';

/** What a block of the assistant's says: a part, or the path of the block or its field that no other protocol can carry. */
export type ReadBlock = { readonly part: AssistantPart } | { readonly lost: string };

/** Reads a block of an answer, or of an earlier one that a request repeats. Tools that Anthropic runs itself, their results and citations are lost. */
export function readBlock(block: Json | undefined, path: string): ReadBlock {
  if (!isObject(block)) return { lost: path };
  if (block.type === 'text') {
    if (isList(block.citations) && block.citations.length > 0) return { lost: `${path}.citations` };
    return typeof block.text === 'string' ? { part: { type: 'text', text: block.text } } : { lost: `${path}.text` };
  }
  if (block.type === 'thinking' || block.type === 'redacted_thinking') {
    const part = readThinkingBlock(block);
    return part ? { part } : { lost: path };
  }
  if (block.type !== 'tool_use') return { lost: path };
  const { id, name, input } = block;
  const lost = foreignField(block);
  if (lost !== undefined) return { lost: `${path}.${lost}` };
  if (typeof id !== 'string') return { lost: `${path}.id` };
  if (typeof name !== 'string') return { lost: `${path}.name` };
  if (!isObject(input)) return { lost: `${path}.input` };
  return { part: { type: 'tool-call', id, name, arguments: JSON.stringify(input) } };
}

/** The field of a tool call that ties it to a tool of Anthropic's own, if any does. */
export function foreignField({ caller, toolset_name: toolset }: { readonly [key: string]: Json | undefined }) {
  if (isObject(caller) && caller.type !== 'direct') return 'caller';
  return typeof toolset === 'string' ? 'toolset_name' : undefined;
}
