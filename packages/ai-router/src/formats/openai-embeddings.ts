import { answerInvalid } from '../errors.ts';
import type { AnswerSummary, WireFormat } from '../wire-format.ts';
import { summariseEmbeddings, summariseVectors } from './embeddings.ts';
import { readError } from './error-body.ts';
import { encodeError } from './openai-chat/error.ts';
import { untranslated } from './untranslated.ts';

/** OpenAI's Embeddings, which every provider of embeddings speaks that we know of: bodies pass untouched, both ways. */
export const openaiEmbeddings: WireFormat = untranslated({
  protocol: 'openai-embeddings',
  operation: 'embeddings',
  path: '/embeddings',
  summarise: (body) => sound(summariseVectors(body)),
  summariseBytes: (body) => sound(summariseEmbeddings(body)),
  decodeError: readError,
  encodeError,
});

function sound(summary: AnswerSummary): AnswerSummary {
  if (summary.outcome !== 'cut') return summary;
  throw answerInvalid(
    "The provider's answer holds no vectors, or is not complete. Try again, and check its base URL and that the model makes embeddings.",
  );
}
