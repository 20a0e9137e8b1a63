import type { WireFormat } from '../wire-format.ts';
import { createDecoder } from './decoder.ts';
import { readError } from './error-body.ts';
import { decodeAnswer, encodeAnswer, summariseAnswer } from './openai-chat/answer.ts';
import { createEncoder } from './openai-chat/encoder.ts';
import { encodeError } from './openai-chat/error.ts';
import { decodeRequest, encodeRequest } from './openai-chat/request.ts';
import { openaiStream } from './openai-chat/stream.ts';
import { createTap } from './tap.ts';

export interface OpenaiChatOptions {
  /** Clock for the `created` field, epoch milliseconds. @default Date.now */
  readonly now?: () => number;
}

/** OpenAI's Chat Completions, as OpenAI and the many compatible servers speak it. */
export function createOpenaiChat({ now = Date.now }: OpenaiChatOptions = {}): WireFormat {
  return {
    protocol: 'openai-chat',
    operation: 'chat',
    path: '/chat/completions',
    decodeRequest,
    encodeRequest,
    decodeAnswer,
    encodeAnswer: (answer) => encodeAnswer(answer, now),
    summarise: summariseAnswer,
    decodeError: readError,
    encodeError,
    streamDecoder: () => createDecoder(openaiStream),
    streamEncoder: (options) => createEncoder(options?.streamUsage ?? false, now),
    streamTap: () => createTap(openaiStream),
  };
}

export const openaiChat: WireFormat = createOpenaiChat();
