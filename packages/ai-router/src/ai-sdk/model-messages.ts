import type {
  JSONValue,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4ToolResultOutput,
} from '@ai-sdk/provider';
import type { AssistantPart, ModelMessage, Protocol, UserPart } from '../wire-format.ts';
import { mediaOf } from './prompt-media.ts';
import { readProof } from './proof-metadata.ts';
import type { Warnings } from './warnings.ts';

type MessageOf<Role> = Extract<LanguageModelV4Message, { role: Role }>;

/**
 * Reads a prompt of the AI SDK, to be sent in a protocol. What no protocol has a place for is left out, with a warning.
 */
export function messagesOf(prompt: LanguageModelV4Prompt, protocol: Protocol, warnings: Warnings): ModelMessage[] {
  return prompt.flatMap((message, index): ModelMessage[] => {
    const path = `prompt[${index}]`;
    if (message.role === 'system') return [{ role: 'system', content: [{ type: 'text', text: message.content }] }];
    if (message.role === 'user') return [{ role: 'user', content: userParts(message, path) }];
    if (message.role === 'assistant')
      return [{ role: 'assistant', content: assistantParts(message, protocol, warnings) }];
    return results(message, path, warnings);
  });
}

const userParts = ({ content }: MessageOf<'user'>, path: string): UserPart[] =>
  content.map((part, index) =>
    part.type === 'text' ? { type: 'text', text: part.text } : mediaOf(part, `${path}.content[${index}]`),
  );

function assistantParts({ content }: MessageOf<'assistant'>, protocol: Protocol, warnings: Warnings): AssistantPart[] {
  return content.flatMap((part): AssistantPart[] => {
    if (part.type === 'text') return [{ type: 'text', text: part.text }];
    if (part.type === 'reasoning') {
      const proof = readProof(part.providerOptions, protocol, part.text !== '');
      return part.text === '' && !proof ? [] : [{ type: 'reasoning', text: part.text, ...(proof && { proof }) }];
    }
    if (part.type === 'tool-call' && !part.providerExecuted) {
      return [{ type: 'tool-call', id: part.toolCallId, name: part.toolName, arguments: jsonOf(part.input) }];
    }
    warnings.unsupported(`${part.type} of the assistant`, 'It is left out of the conversation.');
    return [];
  });
}

function results({ content }: MessageOf<'tool'>, path: string, warnings: Warnings): ModelMessage[] {
  return content.flatMap((part, index): ModelMessage[] => {
    if (part.type !== 'tool-result') {
      warnings.unsupported(part.type, 'It is left out of the conversation.');
      return [];
    }
    const { output } = part;
    const isError = output.type === 'error-text' || output.type === 'error-json';
    const said = outputParts(output, `${path}.content[${index}].output`, warnings);
    return [{ role: 'tool', callId: part.toolCallId, content: said, ...(isError && { isError }) }];
  });
}

function outputParts(output: LanguageModelV4ToolResultOutput, path: string, warnings: Warnings): UserPart[] {
  if (output.type === 'content') {
    return output.value.flatMap((part, index): UserPart[] => {
      if (part.type === 'text') return [{ type: 'text', text: part.text }];
      if (part.type === 'file') return [mediaOf(part, `${path}.value[${index}]`)];
      warnings.unsupported("custom part of a tool's result", 'It is left out of the conversation.');
      return [];
    });
  }
  if (output.type === 'execution-denied') return [{ type: 'text', text: output.reason ?? 'Tool execution denied.' }];
  const isText = output.type === 'text' || output.type === 'error-text';
  return [{ type: 'text', text: isText ? output.value : jsonOf(output.value) }];
}

const jsonOf = (value: unknown): string => JSON.stringify(value as JSONValue) ?? 'null';
