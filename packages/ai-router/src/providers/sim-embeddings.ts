import type { Json, JsonObject } from '../wire-format.ts';

const usualDimensions = 64;
const mostDimensions = 4096;

/**
 * Embeddings without a model, for trying things out: each word adds to one number of its vector, found by its hash, so that
 * texts with words in common are near each other. The same text always has the same vector, of length 1.
 */
export function simulatedEmbeddings(
  { input, dimensions, encoding_format: encoding }: JsonObject,
  model: string,
  countTokens: (text: string) => number,
): JsonObject {
  const size =
    typeof dimensions === 'number' && Number.isInteger(dimensions) && dimensions > 0
      ? Math.min(dimensions, mostDimensions)
      : usualDimensions;
  const inputs = textsOf(input);
  const tokens = inputs.reduce((sum, text) => sum + countTokens(text), 0);
  return {
    object: 'list',
    data: inputs.map((text, index) => {
      const vector = vectorOf(text, size);
      return { object: 'embedding', index, embedding: encoding === 'base64' ? inBase64(vector) : [...vector] };
    }),
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

/** A text, tokens, or a list of either; what else there is counts by its JSON. */
function textsOf(input: Json | undefined): readonly string[] {
  const isOne = !Array.isArray(input) || typeof input[0] === 'number';
  return (isOne ? [input ?? ''] : (input as readonly Json[])).map(asText);
}

const asText = (input: Json): string =>
  typeof input === 'string' ? input : Array.isArray(input) ? input.join(' ') : JSON.stringify(input);

function vectorOf(text: string, size: number): Float32Array {
  const vector = new Float32Array(size);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [text]) {
    const value = hash(word);
    const at = value % size;
    vector[at] = (vector[at] ?? 0) + (value & 0x80000000 ? -1 : 1);
  }
  const length = Math.hypot(...vector);
  if (length === 0) vector[0] = 1;
  else for (const [at, value] of vector.entries()) vector[at] = value / length;
  return vector;
}

function inBase64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [at, value] of vector.entries()) bytes.writeFloatLE(value, at * 4);
  return bytes.toString('base64');
}

/** FNV-1a, 32 bits, with its bits mixed once more: the low ones choose the place, the highest one the sign. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  return (value ^ (value >>> 13)) >>> 0;
}
