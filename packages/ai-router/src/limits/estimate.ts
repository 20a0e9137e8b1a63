import type { Json, JsonObject, Protocol } from '../wire-format.ts';

export interface EstimateOptions {
  /** UTF-8 bytes of text for one token; for English, characters. @default 3.6 */
  readonly bytesPerToken?: number;
  /** What an image counts: about one of 1.15 megapixels at Anthropic, or of high detail at OpenAI. @default 1500 */
  readonly imageTokens?: number;
  /** What a document counts: a page or two, as most of those sent. @default 3000 */
  readonly documentTokens?: number;
  /** What a recording counts: about 50 s. @default 500 */
  readonly audioTokens?: number;
}

/**
 * About how many input tokens a request has: texts, names and schemas of tools by their length, images, documents and
 * recordings by a constant however large their base64 is. Never throws; what is no request counts nothing. It walks the
 * parsed body, looking into no text: 1 us for 10 KB. To scan the bytes instead takes longer than to parse them.
 *
 * Bytes rather than characters, since one rule then serves all scripts: for English they are the same, but a Chinese text
 * would count 0.4 of its tokens by its characters. How far off bytes / 3.6 is of the tokens of `o200k_base` (GPT-4o and
 * later), by the texts in `test/limits`: German +34%, French +46, English +54; TypeScript +17, Markdown −9, JSON −17 to
 * −10; Japanese +2, Chinese +16, Korean +20; Arabic +86, Russian +107, Hindi +181; a log of ids and times −39, columns of
 * decimals −55. Of the older `cl100k_base`: −33 to +13 outside of English. It is meant to err above: what was not used
 * comes back when the call is settled, and what was used beyond is charged then.
 */
export function estimateInputTokens(protocol: Protocol, body: JsonObject, options: EstimateOptions = {}): number {
  const { bytesPerToken = 3.6, imageTokens = 1_500, documentTokens = 3_000, audioTokens = 500 } = options;
  if (protocol === 'openai-embeddings') return estimateEmbeddingTokens(body.input, bytesPerToken);
  const counts: Counts = { bytes: 0, messages: 0, image: 0, document: 0, audio: 0 };
  const { fields, media } = readings[protocol];
  for (const field of fields) {
    const value = body[field];
    if (value !== undefined) add(counts, media, value, field, false, 1);
  }
  const { bytes, messages, image, document, audio } = counts;
  return (
    Math.ceil(bytes / bytesPerToken) +
    messages * messageTokens +
    image * imageTokens +
    document * documentTokens +
    audio * audioTokens
  );
}

type Media = 'image' | 'document' | 'audio';

type Counts = Record<Media | 'bytes' | 'messages', number>;

interface Reading {
  /** Top-level fields that the model reads; the others are settings. */
  readonly fields: readonly string[];
  /** Kinds of content by their `type`. Anthropic's `file` is where an image is, not what. */
  readonly media: ReadonlyMap<string, Media>;
}

/** Texts by their length, lists of tokens by their own, and what vendors send besides by all that is in it. */
function estimateEmbeddingTokens(input: Json | undefined, bytesPerToken: number): number {
  const counts: Counts = { bytes: 0, messages: 0, image: 0, document: 0, audio: 0 };
  let tokens = 0;
  for (const item of Array.isArray(input) ? (input as readonly Json[]) : [input]) {
    if (typeof item === 'number') tokens += 1;
    else if (Array.isArray(item)) tokens += item.length;
    else if (item !== undefined) add(counts, messagesReading.media, item, 'input', true, 1);
  }
  return Math.ceil(counts.bytes / bytesPerToken) + tokens;
}

const messagesReading: Reading = {
  fields: ['system', 'messages', 'tools', 'output_config'],
  media: new Map([
    ['image', 'image'],
    ['document', 'document'],
  ]),
};

const readings: Readonly<Record<Exclude<Protocol, 'openai-embeddings'>, Reading>> = {
  'openai-chat': {
    fields: ['messages', 'tools', 'functions', 'response_format'],
    media: new Map([
      ['image_url', 'image'],
      ['file', 'document'],
      ['input_audio', 'audio'],
    ]),
  },
  'openai-responses': {
    fields: ['instructions', 'input', 'tools', 'text'],
    media: new Map([
      ['input_image', 'image'],
      ['computer_screenshot', 'image'],
      ['image_generation_call', 'image'],
      ['input_file', 'document'],
      ['input_audio', 'audio'],
    ]),
  },
  'anthropic-messages': messagesReading,
  'anthropic-count-tokens': messagesReading,
};

/** Objects of the client's own: the model reads all that is in them, names included. */
const freeKeys = new Set(['parameters', 'input_schema', 'schema', 'arguments', 'input']);
/** The protocol's own words and references, which the model does not read as text. */
const unreadKeys = new Set([
  ...['role', 'type', 'id', 'call_id', 'tool_call_id', 'tool_use_id', 'status', 'detail', 'format', 'media_type'],
  ...['filename', 'file_id', 'file_url', 'image_url', 'url', 'signature', 'encrypted_content'],
]);
/** May hold text or base64. */
const dataKeys = new Set(['data', 'file_data', 'result']);

/** Of a role and the marks around its message, 1 and 3: OpenAI's cookbook, "How to count tokens with tiktoken". */
const messageTokens = 4;
/** Quotes, colon and comma. */
const memberBytes = 4;
/** Characters that tell text from base64. */
const headLength = 64;
/** Deeper values are not looked into: no request nests so deep, except to do harm. */
const deepest = 100;

/** `key`: whose value it is; items of lists have none. `isFree`: within an object of the client's own. */
function add(counts: Counts, media: Reading['media'], value: Json, key: string, isFree: boolean, depth: number): void {
  if (typeof value === 'string') {
    if (isFree || isText(key, value)) counts.bytes += Buffer.byteLength(value);
    else if (key === 'role') counts.messages += 1;
    else if (key === 'type') {
      const kind = media.get(value);
      if (kind) counts[kind] += 1;
    }
  } else if (typeof value !== 'object' || value === null) {
    if (isFree) counts.bytes += String(value).length;
  } else if (depth >= deepest) return;
  else if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) add(counts, media, item, '', isFree, depth + 1);
  } else {
    const inside = isFree || freeKeys.has(key);
    for (const [name, item] of Object.entries(value as JsonObject)) {
      if (item === undefined) continue;
      if (inside) counts.bytes += Buffer.byteLength(name) + memberBytes;
      add(counts, media, item, name, inside, depth + 1);
    }
  }
}

function isText(key: string, value: string): boolean {
  if (unreadKeys.has(key)) return false;
  const head = value.slice(0, headLength);
  // The media type may be longer than the head.
  if (head.startsWith('data:')) return !/^data:[\w.+-]+\/[\w.+-]+(?:[;,]|$)/.test(head);
  return !(dataKeys.has(key) && /^[\w+/=-]*$/.test(head));
}
