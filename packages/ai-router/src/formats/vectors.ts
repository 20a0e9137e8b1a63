import { answerInvalid } from '../errors.ts';
import type { Json, JsonObject } from '../wire-format.ts';
import { isList, isObject, parseObject } from './json.ts';

/**
 * Reads the vectors of an answer, in the order of their texts: numbers in JSON, or base64 of 32-bit floats with the least
 * byte first, as OpenAI writes them. Throws `ROUTER_ANSWER_INVALID` where there are not `count` of them.
 */
export function readVectors(body: Buffer, count: number): readonly (readonly number[])[] {
  const data = parseObject(body.toString())?.data;
  const vectors: (readonly number[])[] = new Array(count);
  for (const [place, item] of (isList(data) ? data : []).entries()) {
    const { index, embedding } = isObject(item) ? item : ({} as JsonObject);
    vectors[typeof index === 'number' ? index : place] = readVector(embedding);
  }
  if (vectors.length === count && !vectors.includes(undefined as never)) return vectors;
  throw answerInvalid(`The provider was sent ${count} texts and did not answer with as many vectors. Try again.`);
}

function readVector(embedding: Json | undefined): readonly number[] {
  if (typeof embedding === 'string') {
    const bytes = Buffer.from(embedding, 'base64');
    // `Float32Array` wants an address that four divides, and the machine's own order of bytes; `Array.from` takes twice as long.
    const vector = new Array<number>(bytes.byteLength >> 2);
    for (let at = 0; at < vector.length; at++) vector[at] = bytes.readFloatLE(at * 4);
    return vector;
  }
  if (isList(embedding) && embedding.every((value) => typeof value === 'number')) return embedding as readonly number[];
  throw answerInvalid('The provider\'s answer has an "embedding" that is neither numbers nor base64. Try again.');
}

/** One vector as the whole answer that OpenAI would give to its text alone, in base64. */
export function writeVector(vector: readonly number[], model: string, inputTokens: number | undefined): Buffer {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [at, value] of vector.entries()) bytes.writeFloatLE(value, at * 4);
  const answer: JsonObject = {
    object: 'list',
    data: [{ object: 'embedding', index: 0, embedding: bytes.toString('base64') }],
    model,
    ...(inputTokens !== undefined && { usage: { prompt_tokens: inputTokens, total_tokens: inputTokens } }),
  };
  return Buffer.from(JSON.stringify(answer));
}
