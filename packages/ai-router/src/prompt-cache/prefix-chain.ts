import { isList, isObject } from '../formats/json.ts';
import { sha256 } from '../sha256.ts';
import type { Json, JsonObject } from '../wire-format.ts';
import { mediaOf, noMedia } from './media-tokens.ts';
import type { Breakpoint } from './plan.ts';

/** One block of a request, and through its hash all that come before it. */
export interface PrefixBlock {
  /** Of the whole prefix that ends with this block. Equal hashes, equal prefixes. */
  readonly hash: string;
  readonly section: 'tools' | 'system' | 'messages';
  readonly characters: number;
  /** Estimated tokens of images and documents, which characters say nothing of. */
  readonly mediaTokens: number;
  /** Counted as the lookback counts: runs of tool calls, and of tool results, are one. */
  readonly position: number;
  /** Where its `cache_control` would go; undefined for a block that must not carry one. */
  readonly path: Breakpoint['path'] | undefined;
}

/** A request as Anthropic's cache sees it: tools, then system, then the messages' content blocks. */
export interface PrefixChain {
  readonly blocks: readonly PrefixBlock[];
  /** The client placed breakpoints of its own. */
  readonly hasOwn: boolean;
  /** Answers of the model that the request repeats. */
  readonly answers: number;
  /** The last message brings a tool's result: the model is in the middle of its work. */
  readonly awaitsModel: boolean;
}

/** Blocks that may carry `cache_control`. Thinking may not, and what we do not know might not. */
const markable = new Set(['text', 'image', 'document', 'search_result', 'tool_use', 'tool_result']);

/** Parameters that are part of what is cached from the first block on, or might be on some models. */
const rootParameters = ['thinking', 'output_config', 'output_format', 'speed', 'mcp_servers', 'context_management'];

interface Draft {
  blocks: PrefixBlock[];
  hash: string;
  /** What lies between the last block and the next: a message's beginning, a parameter. */
  between: string;
  position: number;
  run: string | undefined;
  hasOwn: boolean;
}

/** Reads a Messages request. `scope` keeps chains of different tenants and models apart. */
export function prefixChainOf(body: JsonObject, scope: string): PrefixChain {
  const root = rootParameters.map((name) => body[name] ?? null);
  const draft: Draft = {
    blocks: [],
    hash: scope,
    between: JSON.stringify(root),
    position: -1,
    run: undefined,
    hasOwn: isSet(body.cache_control),
  };
  const tools = isList(body.tools) ? body.tools : [];
  for (let index = 0; index < tools.length; index++) {
    const tool = tools[index];
    // A tool whose loading is deferred is not in the prompt yet, and refused when marked.
    const deferred = isObject(tool) && tool.defer_loading === true;
    add(draft, 'tools', tool, deferred ? undefined : ['tools', index]);
  }
  addContent(draft, 'system', body.system, ['system'], true);
  const messages = isList(body.messages) ? body.messages : [];
  // Another choice of tools, or a first image anywhere, empties the cache from the messages on.
  draft.between += `${JSON.stringify(body.tool_choice ?? null)}${messages.some(hasImage)}`;
  let answers = 0;
  let awaitsModel = false;
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index];
    if (!isObject(message)) continue;
    const { role, content } = message;
    if (role === 'assistant') answers += 1;
    awaitsModel = role === 'user' && isList(content) && content.some((block) => typeOf(block) === 'tool_result');
    draft.between += `|${role}`;
    addContent(draft, 'messages', content, ['messages', index, 'content'], role === 'user' || role === 'assistant');
  }
  return { blocks: draft.blocks, hasOwn: draft.hasOwn, answers, awaitsModel };
}

function addContent(
  draft: Draft,
  section: PrefixBlock['section'],
  content: Json | undefined,
  path: readonly (string | number)[],
  mayMark: boolean,
): void {
  if (typeof content === 'string') {
    if (content !== '') addText(draft, section, content, mayMark && content.trim() !== '' ? path : undefined);
    return;
  }
  if (!isList(content)) return;
  for (let index = 0; index < content.length; index++) {
    const block = content[index];
    const type = typeOf(block);
    const mark = mayMark && markable.has(type) && (type !== 'text' || hasText(block));
    add(draft, section, block, mark ? [...path, index] : undefined);
  }
}

function add(draft: Draft, section: PrefixBlock['section'], block: Json | undefined, path: PrefixBlock['path']): void {
  const type = typeOf(block);
  if (carriesControl(block)) draft.hasOwn = true;
  if (isObject(block) && type === 'text' && typeof block.text === 'string') {
    // A text on its own is the same prompt as a block of nothing but this text.
    if (Object.keys(block).length === 2) {
      addText(draft, section, block.text, path);
      return;
    }
  }
  const text = JSON.stringify(block) ?? '';
  const media = section === 'messages' ? mediaOf(block) : noMedia;
  push(draft, section, type, text, text.length - media.characters, media.tokens, path);
}

function addText(draft: Draft, section: PrefixBlock['section'], text: string, path: PrefixBlock['path']): void {
  push(draft, section, 'text', `"${text}`, text.length, 0, path);
}

function push(
  draft: Draft,
  section: PrefixBlock['section'],
  type: string,
  text: string,
  characters: number,
  mediaTokens: number,
  path: PrefixBlock['path'],
): void {
  const run = type === 'tool_use' || type === 'tool_result' ? type : undefined;
  if (run === undefined || run !== draft.run) draft.position += 1;
  draft.run = run;
  draft.hash = sha256(`${draft.hash}\n${draft.between}\n${text}`);
  draft.between = '';
  draft.blocks.push({ hash: draft.hash, section, characters, mediaTokens, position: draft.position, path });
}

function typeOf(block: Json | undefined): string {
  return isObject(block) && typeof block.type === 'string' ? block.type : '';
}

/** Also within tool results and documents, where blocks lie one level deeper. */
function carriesControl(block: Json | undefined): boolean {
  if (!isObject(block)) return false;
  if (isSet(block.cache_control)) return true;
  const { type, content, source } = block;
  if (type === 'tool_result') return isList(content) && content.some(carriesControl);
  return type === 'document' && isObject(source) && isList(source.content) && source.content.some(carriesControl);
}

function hasText(block: Json | undefined): boolean {
  return isObject(block) && typeof block.text === 'string' && block.text.trim() !== '';
}

function isSet(control: Json | undefined): boolean {
  return control !== undefined && control !== null;
}

function hasImage(message: Json): boolean {
  return isObject(message) && isList(message.content) && message.content.some(isImage);
}

function isImage(block: Json): boolean {
  if (typeOf(block) === 'image') return true;
  return isObject(block) && block.type === 'tool_result' && isList(block.content) && block.content.some(isImage);
}
