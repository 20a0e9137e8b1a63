import type { Exchange } from '../exchange.ts';
import { formats } from '../formats/index.ts';
import { sha256 } from '../sha256.ts';
import { askedTexts } from './asked-texts.ts';
import { createNormalise, roomBytes } from './normalise.ts';

/** By what prompts that come again are known, without a word of them. */
export interface PromptHashes {
  /** Of what was asked in its normal form: those of the same shape differ in numbers, ids and spaces at most. */
  readonly shape?: string;
  /** Of all that its answer depends on. */
  readonly exact?: string;
}

/** `answerKey`: by which the cache was asked, if it was; `makeKey`: else makes it, where there can be one. */
export type HashPrompt = (
  exchange: Exchange,
  answerKey: string | undefined,
  makeKey: () => string | undefined,
) => PromptHashes;

/** 72 bits: that any two of a million prompts share a hash by chance happens once in ten thousand million times. */
const length = 12;
/** The cache's key of a longer request takes longer to make than it is worth. */
const longestKeyedBytes = 65_536;

/** Hashes that are remembered, twice as many at most: who asks for the same again, as hits of the cache do, has them at once. */
const mostYoung = 512;

/** Keys for the cache are 43 characters. */
const keyRoom = 64;
const ofShape = 1;
const ofAnswer = 2;

/** The key, each time with room for what is hashed behind it. */
interface Begun {
  readonly start: number;
  readonly shape: Buffer;
  readonly exact: Buffer;
  /** What stands first in `shape`, and where it ends: most requests are told the same as the one before. */
  instructions: readonly string[];
  toldTo: number;
}

const withRoom = (key: Uint8Array, what: number, room: number): Buffer => {
  const bytes = Buffer.alloc(key.length + 1 + room);
  bytes.set(key);
  bytes[key.length] = what;
  return bytes;
};

const isSame = (texts: readonly string[], others: readonly string[]): boolean =>
  texts.length === others.length && texts.every((text, place) => text === others[place]);

/**
 * Hashes prompts under a key: without it nobody can try prompts until one fits. `keyOf` is asked when the first request ends; nothing is
 * hashed without a key.
 */
export const createHashPrompt = (keyOf: () => Uint8Array | undefined): HashPrompt => {
  const normalise = createNormalise();
  let begun: Begun | 'without a key' | undefined;
  /** By the key of the answer, on which all depends that is hashed. Two generations, the older forgotten as a whole. */
  let young = new Map<string, PromptHashes>();
  let old = young;

  const remember = (answer: string, hashes: PromptHashes): PromptHashes => {
    if (young.size >= mostYoung) {
      old = young;
      young = new Map();
    }
    young.set(answer, hashes);
    return hashes;
  };

  const findKey = (): Uint8Array | undefined => {
    try {
      return keyOf();
    } catch {
      // No request fails for that.
      return undefined;
    }
  };
  const begin = (): Begun | 'without a key' => {
    const key = findKey();
    if (key === undefined) return 'without a key';
    const shape = withRoom(key, ofShape, 5 + 2 * roomBytes);
    const start = key.length + 1;
    const toldTo = normalise(shape, start + 5, []);
    return { start, shape, exact: withRoom(key, ofAnswer, keyRoom), instructions: [], toldTo };
  };

  const hash = (bytes: Buffer, end: number): string => sha256(bytes.subarray(0, end)).slice(0, length);

  return (exchange, answerKey, makeKey) => {
    const { protocol, body, raw } = exchange;
    const { operation } = formats[protocol];
    if (operation === 'count-tokens') return {};
    begun ??= begin();
    if (begun === 'without a key') return {};
    const { start, shape, exact } = begun;
    const before = answerKey === undefined ? undefined : (young.get(answerKey) ?? old.get(answerKey));
    if (before !== undefined) return before;

    const { instructions, asked, turns } = askedTexts(body);
    shape[start] = operation === 'chat' ? 0 : 1;
    shape.writeUInt32LE(turns, start + 1);
    if (!isSame(instructions, begun.instructions)) {
      begun.instructions = instructions;
      begun.toldTo = normalise(shape, start + 5, instructions);
    }
    const hashes = { shape: hash(shape, normalise(shape, begun.toldTo, asked)) };

    const isShort = (raw?.byteLength ?? 0) <= longestKeyedBytes;
    const answer = answerKey ?? (isShort ? makeKey() : undefined);
    if (answer === undefined) return hashes;
    return remember(answer, { ...hashes, exact: hash(exact, start + exact.write(answer, start, 'latin1')) });
  };
};
