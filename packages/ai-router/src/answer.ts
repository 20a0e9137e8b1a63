import type { FinishReason, Usage } from './wire-format.ts';

/** A complete answer as the cache keeps it, in the bytes that its client's protocol puts on the wire. */
export interface CachedAnswer {
  readonly contentType: string;
  readonly provider: string;
  readonly model: string;
  readonly usage?: Usage;
  /** Why it ended, where that was known. */
  readonly finishReason?: FinishReason;
  /** A whole answer, or every event of a streamed one. */
  readonly body: Buffer;
}

/** What the router asks of a cache; `@hotpath/cache` fits. A fault in any of it never fails a request. */
export interface AnswerCache {
  /** Answers from memory at once. */
  peek?(key: string): CachedAnswer | undefined;
  get(key: string): Promise<CachedAnswer | undefined> | CachedAnswer | undefined;
  set(key: string, answer: CachedAnswer, options: AnswerEntryOptions): unknown;
}

/** What the router tells a cache about an answer, so that it can be found, weighed and invalidated. */
export interface AnswerEntryOptions {
  /** How long the answer may be used, milliseconds. */
  readonly ttlMs: number;
  /** What the call cost by list price, US dollars; `undefined` for a model without a price. */
  readonly costUsd: number | undefined;
  /** From the call until the answer was whole, milliseconds. */
  readonly loadMs: number;
  /** `provider:<id>` and `model:<provider>/<model>`. */
  readonly tags: readonly string[];
  /** `set` where the answer takes the place of one that was not asked for, `load` where there was none. */
  readonly origin: 'set' | 'load';
}

/** The bytes an answer was packed into, kept so that no tier has to write them again. */
const packed = Symbol('packed');

/** A `CachedAnswer` whose body is a view of its own packed bytes: one exact allocation serves every tier. */
export function packAnswer(head: Omit<CachedAnswer, 'body'>, body: Uint8Array): CachedAnswer {
  const bytes = pack(head, body);
  return Object.freeze({ ...head, body: bytes.subarray(bytes.byteLength - body.byteLength), [packed]: bytes });
}

/** The length of a JSON head, the head, the body as it is. */
function pack(head: Omit<CachedAnswer, 'body'>, body: Uint8Array): Buffer {
  const text = JSON.stringify(head);
  const headLength = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafeSlow(4 + headLength + body.byteLength);
  bytes.writeUInt32LE(headLength, 0);
  bytes.write(text, 4);
  bytes.set(body, 4 + headLength);
  return bytes;
}

/** Writes answers as bytes for tiers that hold bytes. */
export const answerCodec = {
  encode(answer: CachedAnswer): Uint8Array {
    const { body, ...head } = answer as CachedAnswer & { [packed]?: Uint8Array };
    return head[packed] ?? pack(head, body);
  },
  /** Throws on bytes that are not an answer. The body shares the bytes it was given. */
  decode(bytes: Uint8Array): CachedAnswer {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const bodyAt = 4 + buffer.readUInt32LE(0);
    if (bodyAt > buffer.byteLength) throw new RangeError('the head is longer than the bytes');
    const head = JSON.parse(buffer.toString('utf8', 4, bodyAt)) as Omit<CachedAnswer, 'body'>;
    return { ...head, body: buffer.subarray(bodyAt) };
  },
};
