import type { WireFormat } from '../wire-format.ts';
import { createFormat, type FormatOptions } from './format.ts';
import { encodeError } from './openai-chat/error.ts';
import { decodeAnswer, encodeAnswer, summariseAnswer } from './openai-responses/answer.ts';
import { createEncoder } from './openai-responses/encoder.ts';
import { decodeRequest } from './openai-responses/request.ts';
import { encodeRequest } from './openai-responses/request-encoder.ts';
import { responsesStream } from './openai-responses/stream.ts';

/** OpenAI's Responses, without what needs OpenAI to keep or run something: stored responses, conversations, built-in tools. */
export function createOpenaiResponses({ now = Date.now }: FormatOptions = {}): WireFormat {
  return createFormat(responsesStream, {
    protocol: 'openai-responses',
    operation: 'chat',
    path: '/responses',
    decodeRequest,
    encodeRequest,
    decodeAnswer,
    encodeAnswer: (answer) => encodeAnswer(answer, now),
    summarise: summariseAnswer,
    encodeError,
    streamEncoder: () => createEncoder(now),
  });
}

export const openaiResponses: WireFormat = createOpenaiResponses();
