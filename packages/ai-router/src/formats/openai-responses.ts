import type { WireFormat } from '../wire-format.ts';
import { createDecoder } from './decoder.ts';
import { readError } from './error-body.ts';
import { encodeError } from './openai-chat/error.ts';
import { decodeAnswer, encodeAnswer, summariseAnswer } from './openai-responses/answer.ts';
import { createEncoder } from './openai-responses/encoder.ts';
import { decodeRequest } from './openai-responses/request.ts';
import { encodeRequest } from './openai-responses/request-encoder.ts';
import { responsesStream } from './openai-responses/stream.ts';
import { createTap } from './tap.ts';

export interface OpenaiResponsesOptions {
  /** Clock for `created_at` and `completed_at`, epoch milliseconds. @default Date.now */
  readonly now?: () => number;
}

/** OpenAI's Responses, without what needs OpenAI to keep or run something: stored responses, conversations, built-in tools. */
export function createOpenaiResponses({ now = Date.now }: OpenaiResponsesOptions = {}): WireFormat {
  return {
    protocol: 'openai-responses',
    operation: 'chat',
    path: '/responses',
    decodeRequest,
    encodeRequest,
    decodeAnswer,
    encodeAnswer: (answer) => encodeAnswer(answer, now),
    summarise: summariseAnswer,
    decodeError: readError,
    encodeError,
    streamDecoder: () => createDecoder(responsesStream),
    streamEncoder: () => createEncoder(now),
    streamTap: () => createTap(responsesStream),
  };
}

export const openaiResponses: WireFormat = createOpenaiResponses();
