import type { Json } from '../../wire-format.ts';
import { isList, isObject } from '../json.ts';

/** What a content block says. */
export interface BlockText {
  readonly text: string;
  /** The block, or the field of it, that cannot be carried to another protocol. */
  readonly lost: string | undefined;
}

/** Blocks of reasoning. They are no part of the answer's text and are left out by policy; their tokens stay in the usage. */
const reasoning: ReadonlySet<Json | undefined> = new Set(['thinking', 'redacted_thinking']);

/** Reads a content block. Anything that is neither text nor reasoning (tool use, search results, …) is named in `lost`. */
export function readBlock(block: Json | undefined, path: string): BlockText {
  if (!isObject(block)) return { text: '', lost: path };
  if (reasoning.has(block.type)) return { text: '', lost: undefined };
  if (block.type !== 'text' || typeof block.text !== 'string') return { text: '', lost: path };
  const cites = isList(block.citations) && block.citations.length > 0;
  return { text: block.text, lost: cites ? `${path}.citations` : undefined };
}
