import type {
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4ToolResultOutput,
  LanguageModelV4ToolResultPart,
  SharedV4FileData,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider';
import { mediaSourceOf } from '../formats/request-media.ts';
import type { AssistantPart, FilePart, ImagePart, MediaSource, ModelMessage, UserPart } from '../wire-format.ts';
import { unsealMetadata } from './metadata.ts';

type AssistantMessage = Extract<LanguageModelV4Message, { role: 'assistant' }>;
type PromptPart = AssistantMessage['content'][number];

/**
 * Writes messages as a prompt of the AI SDK. System messages come first, since many of its models take them nowhere
 * else. `provider`: whose metadata goes back with the parts it came with.
 */
export function promptOf(messages: readonly ModelMessage[], provider: string): LanguageModelV4Prompt {
  const prompt: LanguageModelV4Prompt = [];
  /** The tools that were called, by the id of the call: results have to name theirs. */
  const called = new Map<string, string>();
  for (const message of messages) {
    if (message.role === 'system') {
      prompt.push({ role: 'system', content: message.content.map(({ text }) => text).join('\n') });
    }
  }
  for (const message of messages) {
    if (message.role === 'system') continue;
    if (message.role === 'user') {
      prompt.push({ role: 'user', content: message.content.map(userPart) });
    } else if (message.role === 'assistant') {
      for (const part of message.content) if (part.type === 'tool-call') called.set(part.id, part.name);
      prompt.push({ role: 'assistant', content: assistantParts(message.content, provider) });
    } else {
      const result = resultOf(message, called.get(message.callId) ?? message.callId);
      const last = prompt.at(-1);
      if (last?.role === 'tool') last.content.push(result);
      else prompt.push({ role: 'tool', content: [result] });
    }
  }
  return prompt;
}

function userPart(part: UserPart) {
  return part.type === 'text' ? ({ type: 'text', text: part.text } as const) : mediaPart(part);
}

function mediaPart(part: ImagePart | FilePart): LanguageModelV4FilePart {
  const { data, mediaType } = mediaOf(part);
  const detail = part.type === 'image' ? part.detail : undefined;
  return {
    type: 'file',
    data,
    mediaType,
    ...(part.type === 'file' && part.name !== undefined && { filename: part.name }),
    // How closely to look has no place of its own, and no other provider of the AI SDK a choice of it.
    ...(detail && { providerOptions: { openai: { imageDetail: detail } } }),
  };
}

function mediaOf({ type, source }: ImagePart | FilePart): { data: SharedV4FileData; mediaType: string } {
  if (source.kind === 'base64') return { data: { type: 'data', data: source.data }, mediaType: source.mediaType };
  return { data: { type: 'url', url: new URL(source.url) }, mediaType: mediaTypeOf(type, source) };
}

/** A URL does not say what it points at: an image of some kind, and for files what most models read. */
const mediaTypeOf = (type: 'image' | 'file', source: MediaSource): string =>
  source.kind === 'base64' ? source.mediaType : type === 'image' ? 'image/*' : 'application/pdf';

function assistantParts(content: readonly AssistantPart[], provider: string): PromptPart[] {
  const sealed = content.flatMap((part) => {
    const found = part.type === 'reasoning' ? unsealMetadata(provider, part.proof) : undefined;
    return found ? [found] : [];
  });
  const ofText = sealed.filter(({ owner }) => owner === 'text');
  const ofCall = (id: string): SharedV4ProviderMetadata | undefined =>
    sealed.find(({ owner }) => typeof owner === 'object' && owner.call === id)?.metadata;
  return content.flatMap((part): PromptPart[] => {
    if (part.type === 'reasoning') {
      const found = unsealMetadata(provider, part.proof);
      if (found && found.owner !== 'reasoning') return [];
      if (!found && part.text === '') return [];
      return [{ type: 'reasoning', text: part.text, ...(found && { providerOptions: found.metadata }) }];
    }
    if (part.type !== 'tool-call') {
      // Several texts came back as one, of which no single one's metadata is true.
      const [only, ...others] = ofText;
      const known = part.type === 'text' && others.length === 0 ? only?.metadata : undefined;
      return [{ type: 'text', text: part.text, ...(known && { providerOptions: known }) }];
    }
    const known = ofCall(part.id);
    return [
      {
        type: 'tool-call',
        toolCallId: part.id,
        toolName: part.name,
        input: inputOf(part.arguments),
        ...(known && { providerOptions: known }),
      },
    ];
  });
}

/** Models write arguments that are no JSON now and then, and clients return them. */
function inputOf(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function resultOf(message: ModelMessage & { role: 'tool' }, toolName: string): LanguageModelV4ToolResultPart {
  return { type: 'tool-result', toolCallId: message.callId, toolName, output: outputOf(message) };
}

function outputOf({ content, isError }: ModelMessage & { role: 'tool' }): LanguageModelV4ToolResultOutput {
  const texts = content.filter((part) => part.type === 'text');
  if (texts.length === content.length || isError) {
    return { type: isError ? 'error-text' : 'text', value: texts.map(({ text }) => text).join('\n') };
  }
  return {
    type: 'content',
    value: content.map((part) => {
      if (part.type === 'text') return { type: 'text', text: part.text };
      return { type: 'file', ...mediaOf(part), ...(part.type === 'file' && part.name && { filename: part.name }) };
    }),
  };
}

/** The media of a request that stand at an address of their own, which not every model fetches. */
export function mediaUrlsOf(messages: readonly ModelMessage[]): { path: string; url: string; mediaType: string }[] {
  return messages.flatMap((message, at) =>
    message.content.flatMap((part, index) => {
      if ((part.type !== 'image' && part.type !== 'file') || part.source.kind !== 'url') return [];
      const { url } = part.source;
      // A data URL that is not in base64 holds its bytes all the same.
      if (mediaSourceOf(url).kind === 'base64' || url.startsWith('data:')) return [];
      return [{ path: `messages[${at}].content[${index}]`, url, mediaType: mediaTypeOf(part.type, part.source) }];
    }),
  );
}
