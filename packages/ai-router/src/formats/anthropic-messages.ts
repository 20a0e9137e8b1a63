import type { WireFormat } from '../wire-format.ts';
import { decodeAnswer, encodeAnswer, summariseAnswer } from './anthropic-messages/answer.ts';
import { createEncoder } from './anthropic-messages/encoder.ts';
import { encodeError } from './anthropic-messages/error.ts';
import { decodeRequest, encodeRequest } from './anthropic-messages/request.ts';
import { anthropicStream } from './anthropic-messages/stream.ts';
import { createDecoder } from './decoder.ts';
import { readError } from './error-body.ts';
import { createTap } from './tap.ts';

/** Anthropic's Messages. */
export const anthropicMessages: WireFormat = {
  protocol: 'anthropic-messages',
  operation: 'chat',
  path: '/messages',
  decodeRequest,
  encodeRequest,
  decodeAnswer,
  encodeAnswer,
  summarise: summariseAnswer,
  decodeError: readError,
  encodeError,
  streamDecoder: () => createDecoder(anthropicStream),
  streamEncoder: createEncoder,
  streamTap: () => createTap(anthropicStream),
};
