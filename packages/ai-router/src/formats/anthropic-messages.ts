import type { WireFormat } from '../wire-format.ts';
import { decodeAnswer, encodeAnswer, summariseAnswer } from './anthropic-messages/answer.ts';
import { createEncoder } from './anthropic-messages/encoder.ts';
import { encodeError } from './anthropic-messages/error.ts';
import { decodeRequest, encodeRequest } from './anthropic-messages/request.ts';
import { anthropicStream } from './anthropic-messages/stream.ts';
import { createFormat } from './format.ts';

/** Anthropic's Messages. */
export const anthropicMessages: WireFormat = createFormat(anthropicStream, {
  protocol: 'anthropic-messages',
  operation: 'chat',
  path: '/messages',
  decodeRequest,
  encodeRequest,
  decodeAnswer,
  encodeAnswer,
  summarise: summariseAnswer,
  encodeError,
  streamEncoder: createEncoder,
});
