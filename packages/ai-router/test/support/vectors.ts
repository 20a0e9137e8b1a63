import type { JsonObject } from '../../src/wire-format.ts';

/** A whole answer with these vectors, as numbers or in base64. */
export const embeddings = (vectors: readonly (string | readonly number[])[], tokens = 8): JsonObject => ({
  object: 'list',
  data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
  model: 'm',
  usage: { prompt_tokens: tokens, total_tokens: tokens },
});

/** As OpenAI writes them. */
export const base64 = (...values: number[]): string => Buffer.from(Float32Array.from(values).buffer).toString('base64');
