import type { AssistantPart, JsonObject, Losses, ModelMessage, UserPart } from '../../wire-format.ts';
import { sentAsOf } from './sent-as.ts';
import { writeTexts, writeUserContent, writeUserPart } from './user-content.ts';
import { writeAssistant } from './write-assistant.ts';

export interface WriteOptions {
  /** Whether the server takes back reasoning that came without a proof, as the text it is. */
  readonly takesReasoning: boolean;
  readonly losses: Losses | undefined;
}

/**
 * Writes the messages of a request. Results of tools hold text only: their images and files follow in a message of the
 * user's, after the last result of the run.
 */
export function writeMessages(messages: readonly ModelMessage[], options: WriteOptions): JsonObject[] {
  const written: JsonObject[] = [];
  let media: JsonObject[] = [];
  const writeMedia = (): void => {
    if (media.length > 0) written.push({ role: 'user', content: media });
    media = [];
  };
  for (const [index, message] of messages.entries()) {
    const path = `messages[${index}]`;
    if (message.role === 'tool') {
      written.push(writeResult(message));
      if (message.isError) options.losses?.drop(`${path}.isError`);
      media.push(...writeMediaOf(message.content, `${path}.content`));
      continue;
    }
    writeMedia();
    const said = writeMessage(message, path, options);
    if (said) written.push(said);
  }
  writeMedia();
  return written;
}

function writeMessage(
  message: Exclude<ModelMessage, { role: 'tool' }>,
  path: string,
  options: WriteOptions,
): JsonObject | undefined {
  if (message.role === 'system') return { role: 'system', content: writeTexts(message.content) };
  if (message.role === 'user') return { role: 'user', content: writeUserContent(message.content, `${path}.content`) };
  const kept = message.content.filter((part, index) => {
    const takes = part.type !== 'reasoning' || takesBack(part, options);
    if (!takes) options.losses?.drop(`${path}.content[${index}]`);
    return takes;
  });
  // A turn that was nothing but reasoning would stay behind empty, which some servers refuse.
  return kept.length === 0 && message.content.length > 0 ? undefined : writeTurn(kept);
}

const takesBack = ({ proof }: AssistantPart & { type: 'reasoning' }, { takesReasoning }: WriteOptions): boolean =>
  proof ? proof.protocol === 'openai-chat' : takesReasoning;

/** Mistral wants its reasoning back in the content. */
function writeTurn(content: readonly AssistantPart[]): JsonObject {
  const thinking: JsonObject[] = [];
  const rest = content.filter((part) => {
    const sent = part.type === 'reasoning' ? sentAsOf(part.proof) : undefined;
    if (part.type !== 'reasoning' || sent?.as !== 'thinking') return true;
    thinking.push({ ...sent.part, thinking: [{ type: 'text', text: part.text }] });
    return false;
  });
  const message = writeAssistant(rest);
  if (thinking.length === 0) return message;
  const text = message.content ? [{ type: 'text', text: message.content }] : [];
  return { ...message, content: [...thinking, ...text] };
}

const writeResult = ({ callId, content }: ModelMessage & { role: 'tool' }): JsonObject => ({
  role: 'tool',
  tool_call_id: callId,
  content: writeTexts(content.filter((part) => part.type === 'text')),
});

const writeMediaOf = (content: readonly UserPart[], path: string): JsonObject[] =>
  content.flatMap((part, index) => (part.type === 'text' ? [] : [writeUserPart(part, `${path}[${index}]`)]));
