import { isList, isObject } from '../formats/json.ts';
import type { Json, JsonObject } from '../wire-format.ts';

/** What a request says in words. */
export interface AskedTexts {
  /** What the model is told to be, wherever that stands. */
  readonly instructions: readonly string[];
  /** The last message of the user, or what is to be embedded. */
  readonly asked: readonly string[];
  /** Messages, calls of tools and their results, without instructions. */
  readonly turns: number;
}

/** The text of a message's content, or of a list of texts; images and files have none. */
const collect = (content: Json | undefined, texts: string[]): void => {
  if (typeof content === 'string') texts.push(content);
  else if (isList(content))
    for (const part of content) {
      if (typeof part === 'string') texts.push(part);
      else if (isObject(part) && typeof part.text === 'string') texts.push(part.text);
    }
};

const isInstruction = (item: JsonObject): boolean => item.role === 'system' || item.role === 'developer';

/** Of a request in any of the protocols: no two of them use a field for different things. */
export const askedTexts = ({ system, instructions: told, messages, input }: JsonObject): AskedTexts => {
  const instructions: string[] = [];
  const asked: string[] = [];
  collect(system ?? told, instructions);
  const items = messages ?? input;
  if (!isList(items) || !items.some(isObject)) {
    collect(items, asked);
    return { instructions, asked, turns: isList(items) ? items.length : 1 };
  }
  let turns = 0;
  let last: Json | undefined;
  for (const item of items) {
    if (isObject(item) && isInstruction(item)) {
      collect(item.content, instructions);
      continue;
    }
    turns += 1;
    if (isObject(item) && item.role === 'user') last = item.content;
  }
  collect(last, asked);
  return { instructions, asked, turns };
};
