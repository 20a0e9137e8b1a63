import type { Protocol, WireFormat } from '../wire-format.ts';
import { anthropicMessages } from './anthropic-messages.ts';
import { openaiChat } from './openai-chat.ts';

export { anthropicMessages, openaiChat };

/** The wire format of each protocol. */
export const formats: Readonly<Record<Protocol, WireFormat>> = {
  'openai-chat': openaiChat,
  'anthropic-messages': anthropicMessages,
};
