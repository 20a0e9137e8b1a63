import { createHash } from 'node:crypto';
import type { Json, JsonObject, Usage } from '../../src/wire-format.ts';

/**
 * Anthropic's prompt cache and bill, by the documented rules and independent of the planner's own reading of them:
 * https://platform.claude.com/docs/en/build-with-claude/prompt-caching. It reads Messages requests, says what each would
 * have been billed as, and refuses what the API refuses.
 */
export interface PrefixPricingOptions {
  /** @default 1,024 */
  readonly leastTokens?: number;
  /** Tokens of one block's text. @default its characters / 3.6 */
  readonly tokensOf?: (text: string) => number;
  /** From a request's start to the beginning of its answer, when what it wrote can be read. @default 0 */
  readonly firstByteMs?: number;
  /** Prices next to fresh input. */
  readonly rates?: PriceRates;
}

export interface PriceRates {
  readonly read: number;
  readonly write: number;
  readonly longWrite: number;
}

export const usualPriceRates: PriceRates = { read: 0.1, write: 1.25, longWrite: 2 };

export const lifetimes = { '5m': 300_000, '1h': 3_600_000 };
const lookback = 20;
const markable = new Set(['text', 'image', 'document', 'search_result', 'tool_use', 'tool_result']);

interface Entry {
  readonly lifetimeMs: number;
  readonly from: number;
  until: number;
}

/** A block of a request, flattened: the hash and length of its prefix, and the breakpoint it carries. */
export interface PricedBlock {
  readonly hash: string;
  readonly tokens: number;
  readonly prefixTokens: number;
  readonly position: number;
  readonly ttl: '5m' | '1h' | undefined;
}

export interface PrefixPricing {
  /** Serves a request at a time and reports its usage; `outputTokens` is 0. Throws what would be a 400. */
  serve(body: JsonObject, now: number): Usage;
  /** The same for a request that has been read already. */
  serveBlocks(blocks: readonly PricedBlock[], now: number): Usage;
  /** The bill of a request's input, in tokens of fresh input. */
  billOf(usage: Usage): number;
}

export function createPrefixPricing(options: PrefixPricingOptions = {}): PrefixPricing {
  const { leastTokens = 1_024, firstByteMs = 0, rates = usualPriceRates } = options;
  const entries = new Map<string, Entry>();
  return {
    serve(body, now) {
      return this.serveBlocks(pricedBlocks(body, options.tokensOf), now);
    },
    serveBlocks(blocks, now) {
      const marks = blocks.flatMap((block, index) => (block.ttl ? [{ ...block, index, ttl: block.ttl }] : []));
      check(marks.map(({ ttl }) => ttl));
      const taken = marks.filter(({ prefixTokens }) => prefixTokens >= leastTokens);
      let hit = -1;
      for (const { index, position } of taken) {
        for (let at = index; at >= 0; at--) {
          const block = blocks[at] as PricedBlock;
          if (position - block.position >= lookback) break;
          const entry = entries.get(block.hash);
          if (!entry || entry.from > now || entry.until < now) continue;
          hit = Math.max(hit, at);
          break;
        }
      }
      const read = blocks[hit]?.prefixTokens ?? 0;
      const used = entries.get(blocks[hit]?.hash ?? '');
      if (used) used.until = now + used.lifetimeMs;
      const end = (ttl?: '1h'): number =>
        Math.max(
          read,
          ...taken.filter((mark) => ttl === undefined || mark.ttl === ttl).map((mark) => mark.prefixTokens),
        );
      const longEnd = end('1h');
      for (const { hash, ttl } of taken) {
        const lifetimeMs = lifetimes[ttl];
        const entry = entries.get(hash);
        // One that is not readable yet is written by both.
        if (entry && entry.until >= now) entry.until = now + entry.lifetimeMs;
        else entries.set(hash, { lifetimeMs, from: now + firstByteMs, until: now + lifetimeMs });
      }
      const total = blocks.at(-1)?.prefixTokens ?? 0;
      return {
        inputTokens: total,
        outputTokens: 0,
        cachedInputTokens: read,
        cacheWriteTokens: end() - read,
        longCacheWriteTokens: longEnd - read,
      };
    },
    billOf: (usage) => billOf(usage, rates),
  };
}

export function billOf(usage: Usage, rates: PriceRates = usualPriceRates): number {
  const {
    inputTokens,
    cachedInputTokens: read = 0,
    cacheWriteTokens: written = 0,
    longCacheWriteTokens: long = 0,
  } = usage;
  const fresh = inputTokens - read - written;
  return fresh + read * rates.read + (written - long) * rates.write + long * rates.longWrite;
}

function check(ttls: readonly string[]): void {
  if (ttls.length > 4)
    throw new Error(`400: A maximum of 4 blocks with cache_control may be provided. Found ${ttls.length}.`);
  if (ttls.lastIndexOf('1h') > ttls.indexOf('5m') && ttls.includes('5m')) {
    throw new Error("400: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block");
  }
}

/** Tools, then system, then messages. What empties the cache from the messages on is a part of their prefix. */
export function pricedBlocks(body: JsonObject, tokensOf = (text: string): number => text.length / 3.6): PricedBlock[] {
  const blocks: PricedBlock[] = [];
  let hash = '';
  let prefixTokens = 0;
  let position = -1;
  let run = '';
  const mix = (text: string): void => {
    hash = createHash('sha1').update(`${hash}\u0000${text}`).digest('base64');
  };
  const push = (block: Json, extra: string): void => {
    const { cache_control: control, ...rest } = (
      typeof block === 'string' ? { type: 'text', text: block } : block
    ) as JsonObject & { cache_control?: { ttl?: string } };
    const type = String(rest.type ?? 'custom');
    if (control) checkMark(rest, type, extra);
    const text = JSON.stringify(rest);
    mix(`${extra}${text}`);
    const tokens = tokensOf(typeof rest.text === 'string' ? rest.text : text);
    prefixTokens += tokens;
    if (!(type === run && (type === 'tool_use' || type === 'tool_result'))) position += 1;
    run = type;
    const ttl = control ? (control.ttl === '1h' ? '1h' : '5m') : undefined;
    blocks.push({ hash, tokens, prefixTokens, position, ttl });
  };
  const list = (content: Json | undefined): readonly Json[] =>
    content === undefined || content === '' ? [] : Array.isArray(content) ? content : [content as Json];
  mix(JSON.stringify([body.model ?? null, body.thinking ?? null]));
  for (const tool of list(body.tools)) push(tool, 'tool');
  for (const block of list(body.system)) push(block, 'system');
  mix(JSON.stringify([body.tool_choice ?? null, JSON.stringify(body.messages).includes('"type":"image"')]));
  for (const message of list(body.messages) as readonly JsonObject[]) {
    for (const block of list(message.content)) push(block, String(message.role));
  }
  return blocks;
}

function checkMark(block: JsonObject, type: string, where: string): void {
  if (where === 'tool' && block.defer_loading === true) throw new Error('400: cache_control on a deferred tool');
  if (where !== 'tool' && !markable.has(type)) throw new Error(`400: cache_control cannot be set for ${type} blocks`);
  if (type === 'text' && block.text === '') throw new Error('400: cache_control cannot be set for empty text blocks');
}
