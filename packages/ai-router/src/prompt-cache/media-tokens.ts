import { isList, isObject } from '../formats/json.ts';
import type { Json } from '../wire-format.ts';

/**
 * An image of Anthropic's largest size costs about this; documents by URL or id are taken for one page, because there is
 * no knowing.
 */
const tokensOfMedia = 1_600;
const base64CharactersPerToken = 60;

/** Tokens of the images and documents in a block, and the characters of it that are their bytes. */
export interface Media {
  readonly tokens: number;
  readonly characters: number;
}

export const noMedia: Media = { tokens: 0, characters: 0 };

export function mediaOf(block: Json | undefined): Media {
  if (!isObject(block)) return noMedia;
  if (block.type === 'tool_result') {
    if (!isList(block.content)) return noMedia;
    let tokens = 0;
    let characters = 0;
    for (const inner of block.content) {
      const media = mediaOf(inner);
      tokens += media.tokens;
      characters += media.characters;
    }
    return { tokens, characters };
  }
  if (block.type !== 'image' && block.type !== 'document') return noMedia;
  const source = isObject(block.source) ? block.source : {};
  if (source.type === 'text' || source.type === 'content') return noMedia;
  const characters = typeof source.data === 'string' ? source.data.length : 0;
  const pages = block.type === 'document' ? characters / base64CharactersPerToken : 0;
  return { tokens: Math.max(tokensOfMedia, pages), characters };
}
