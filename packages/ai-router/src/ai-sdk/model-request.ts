import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { JsonObject, ModelRequest, ModelTool, Protocol, ResponseFormat, ToolChoice } from '../wire-format.ts';
import type { HotpathOptions } from './hotpath-options.ts';
import { messagesOf } from './model-messages.ts';
import type { Warnings } from './warnings.ts';

/** Reads the options of one call of an AI SDK model as a request. What no protocol has a place for is left out, with a warning. */
export function requestOf(
  options: LanguageModelV4CallOptions,
  {
    model,
    protocol,
    stream,
    own,
    warnings,
  }: {
    readonly model: string;
    readonly protocol: Protocol;
    readonly stream: boolean;
    readonly own: HotpathOptions;
    readonly warnings: Warnings;
  },
): ModelRequest {
  const tools = toolsOf(options, warnings);
  const toolChoice = tools && choiceOf(options);
  const responseFormat = formatOf(options, own);
  const { reasoning, stopSequences } = options;
  return {
    model,
    messages: messagesOf(options.prompt, protocol, warnings),
    ...(tools && { tools }),
    ...(toolChoice !== undefined && { toolChoice }),
    ...(tools && own.parallelToolCalls !== undefined && { parallelToolCalls: own.parallelToolCalls }),
    ...(responseFormat && { responseFormat }),
    ...(reasoning !== undefined && reasoning !== 'provider-default' && { reasoning: { effort: reasoning } }),
    ...(options.maxOutputTokens !== undefined && { maxTokens: options.maxOutputTokens }),
    ...(options.temperature !== undefined && { temperature: options.temperature }),
    ...(options.topP !== undefined && { topP: options.topP }),
    ...(options.topK !== undefined && { topK: options.topK }),
    ...(options.seed !== undefined && { seed: options.seed }),
    ...(options.frequencyPenalty && { frequencyPenalty: options.frequencyPenalty }),
    ...(options.presencePenalty && { presencePenalty: options.presencePenalty }),
    ...(stopSequences && stopSequences.length > 0 && { stopSequences }),
    ...(own.user !== undefined && { user: own.user }),
    stream,
    ...(stream && { streamUsage: true }),
  };
}

function toolsOf({ tools = [] }: LanguageModelV4CallOptions, warnings: Warnings): ModelTool[] | undefined {
  const known = tools.flatMap((tool): ModelTool[] => {
    if (tool.type === 'provider') {
      warnings.unsupported(`provider tool ${tool.id}`, 'The router passes on tools that are functions.');
      return [];
    }
    if (tool.inputExamples?.length) warnings.unsupported('inputExamples of tools');
    const { name, description, inputSchema, strict } = tool;
    return [
      {
        name,
        ...(description !== undefined && { description }),
        parameters: inputSchema as JsonObject,
        ...(strict !== undefined && { strict }),
      },
    ];
  });
  return known.length > 0 ? known : undefined;
}

function choiceOf({ toolChoice }: LanguageModelV4CallOptions): ToolChoice | undefined {
  return toolChoice?.type === 'tool' ? { name: toolChoice.toolName } : toolChoice?.type;
}

function formatOf({ responseFormat }: LanguageModelV4CallOptions, own: HotpathOptions): ResponseFormat | undefined {
  if (responseFormat?.type !== 'json') return undefined;
  const { schema, name = 'response', description } = responseFormat;
  if (!schema) return { type: 'json' };
  return {
    type: 'json-schema',
    name,
    schema: schema as JsonObject,
    ...(description !== undefined && { description }),
    // As the AI SDK's own providers have it.
    strict: own.strictJsonSchema ?? true,
  };
}

/** Settings that another model may have no word for, and that an answer can do without. */
const dispensable: ReadonlySet<string> = new Set([
  'topK',
  'seed',
  'frequencyPenalty',
  'presencePenalty',
  'stopSequences',
  'temperature',
  'topP',
  'parallelToolCalls',
  'user',
]);

/** The request without one setting; nothing where it has no such setting, or needs it. */
export function without(request: ModelRequest, setting: string): ModelRequest | undefined {
  if (!dispensable.has(setting) || !(setting in request)) return undefined;
  const { [setting as keyof ModelRequest]: _, ...rest } = request;
  return rest as ModelRequest;
}
