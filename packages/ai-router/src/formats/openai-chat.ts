import type { WireFormat } from '../wire-format.ts';
import { createFormat, type FormatOptions } from './format.ts';
import { decodeAnswer, encodeAnswer, summariseAnswer } from './openai-chat/answer.ts';
import { createEncoder } from './openai-chat/encoder.ts';
import { encodeError } from './openai-chat/error.ts';
import { decodeRequest, encodeRequest } from './openai-chat/request.ts';
import { openaiStream } from './openai-chat/stream.ts';

/** OpenAI's Chat Completions, as OpenAI and the many compatible servers speak it. */
export function createOpenaiChat({ now = Date.now }: FormatOptions = {}): WireFormat {
  return createFormat(openaiStream, {
    protocol: 'openai-chat',
    operation: 'chat',
    path: '/chat/completions',
    decodeRequest,
    encodeRequest,
    decodeAnswer,
    encodeAnswer: (answer) => encodeAnswer(answer, now),
    summarise: summariseAnswer,
    encodeError,
    streamEncoder: (options) => createEncoder(options?.streamUsage ?? false, now),
  });
}

export const openaiChat: WireFormat = createOpenaiChat();
