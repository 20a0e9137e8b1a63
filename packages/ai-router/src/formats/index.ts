import type { Protocol, WireFormat } from '../wire-format.ts';
import { anthropicCountTokens } from './anthropic-count-tokens.ts';
import { anthropicMessages } from './anthropic-messages.ts';
import { openaiChat } from './openai-chat.ts';
import { openaiEmbeddings } from './openai-embeddings.ts';
import { openaiResponses } from './openai-responses.ts';

export { anthropicMessages, openaiChat, openaiResponses };

/** The wire format of each protocol. */
export const formats: Readonly<Record<Protocol, WireFormat>> = {
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  'anthropic-messages': anthropicMessages,
  'openai-embeddings': openaiEmbeddings,
  'anthropic-count-tokens': anthropicCountTokens,
};
