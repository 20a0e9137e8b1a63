import type { Json } from '../../wire-format.ts';
import { isList, isObject } from '../json.ts';
import { proofOf } from './sent-as.ts';
import type { Thought } from './thoughts.ts';

/** A piece of an assistant's content: a text, or Mistral's reasoning. */
export type ContentPiece = string | Thought;

/** Reads what an assistant says in `content`: a text, or a list of parts. `lost` is the path of a part that is neither text nor reasoning. */
export function readPieces(
  content: Json | undefined,
  path: string,
): { readonly pieces: readonly ContentPiece[]; readonly lost?: string } {
  if (typeof content === 'string') return { pieces: content === '' ? [] : [content] };
  const pieces: ContentPiece[] = [];
  for (const [index, part] of (isList(content) ? content : []).entries()) {
    if (isObject(part) && part.type === 'text' && typeof part.text === 'string') {
      if (part.text !== '') pieces.push(part.text);
    } else if (isObject(part) && part.type === 'thinking') {
      const { thinking, ...rest } = part;
      pieces.push({ key: 'thinking', text: thinkingOf(thinking), proof: proofOf({ as: 'thinking', part: rest }) });
    } else return { pieces, lost: `${path}[${index}]` };
  }
  return { pieces };
}

function thinkingOf(thinking: Json | undefined): string {
  if (typeof thinking === 'string') return thinking;
  const { pieces } = readPieces(thinking, '');
  return pieces.filter((piece) => typeof piece === 'string').join('');
}
