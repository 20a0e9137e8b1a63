import { readFileSync } from 'node:fs';
import type { Json, JsonObject } from '../../src/wire-format.ts';

/** A model request of a recorded trace, as a body that can be planned. */
export interface TracedRequest {
  readonly at: number;
  readonly body: JsonObject;
  /** How long its answer was. */
  readonly outputTokens: number;
  /** The first block: requests of different ones have no prefix in common. */
  readonly root: number;
}

interface TraceLine {
  readonly timestamp: number;
  readonly input_length: number;
  readonly output_length: number;
  readonly hash_ids: readonly number[];
}

const blockTokens = 512;
const charactersPerToken = 3.6;
const filler = 'x'.repeat(blockTokens * 4);

/**
 * Requests of a trace in Mooncake's format (`timestamp` in ms, lengths in tokens, `hash_ids` of blocks of 512 tokens whose
 * equal beginnings mean equal prefixes), one by one. Every such block becomes a content block of its own: the trace does
 * not tell where a document ends and a question begins, so neither does the body. A request that continues an earlier one
 * from its end, with room for that one's answer, becomes the next turn of its conversation.
 */
export function* readTrace(path: string, model: string): Generator<TracedRequest> {
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  /** Where a conversation's last turn ended, by the block that it filled last. */
  const ends = new Map<number, { turns: readonly Turn[] }>();
  for (const line of lines) {
    const { timestamp, input_length: length, output_length: answer, hash_ids: ids } = JSON.parse(line) as TraceLine;
    const turns = turnsOf(ids, length, ends);
    const full = Math.floor(length / blockTokens);
    const last = ids[full - 1];
    if (last !== undefined) ends.set(last, { turns: [...turns, { from: length, to: length + answer }] });
    yield { at: timestamp, body: bodyOf(model, ids, turns), outputTokens: answer, root: ids[0] ?? 0 };
  }
}

/** Tokens of the prompt that one message holds: the user's and the model's in turn. */
interface Turn {
  readonly from: number;
  readonly to: number;
}

function turnsOf(
  ids: readonly number[],
  length: number,
  ends: ReadonlyMap<number, { turns: readonly Turn[] }>,
): Turn[] {
  for (let index = ids.length - 1; index >= 0; index--) {
    const before = ends.get(ids[index] as number)?.turns;
    const end = before?.at(-1)?.to ?? 0;
    if (before && end < length) return [...before, { from: end, to: length }];
  }
  return [{ from: 0, to: length }];
}

function bodyOf(model: string, ids: readonly number[], turns: readonly Turn[]): JsonObject {
  const messages = turns.map(({ from, to }, turn): Json => {
    const content: Json[] = [];
    for (let start = from; start < to; ) {
      const end = Math.min(to, (Math.floor(start / blockTokens) + 1) * blockTokens);
      const id = `${ids[Math.floor(start / blockTokens)]}:${start}`;
      const characters = Math.round((end - start) * charactersPerToken);
      content.push({ type: 'text', text: (id + filler).slice(0, Math.max(id.length, characters)) });
      start = end;
    }
    return { role: turn % 2 === 0 ? 'user' : 'assistant', content };
  });
  return { model, max_tokens: 1_024, messages };
}
