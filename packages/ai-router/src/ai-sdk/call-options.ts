import type { JSONSchema7, LanguageModelV4CallOptions, SharedV4ProviderOptions } from '@ai-sdk/provider';
import { requestInvalid } from '../errors.ts';
import { effortOf } from '../formats/request-reasoning.ts';
import type { ModelRequest, ResponseFormat } from '../wire-format.ts';
import { mediaUrlsOf, promptOf } from './prompt.ts';

/** Writes a request as the options of one call of an AI SDK model. `provider`: see `promptOf`. */
export function callOptionsOf(request: ModelRequest, provider: string): LanguageModelV4CallOptions {
  const { tools, toolChoice, responseFormat, reasoning, maxTokens } = request;
  const effort =
    reasoning?.effort ?? (reasoning?.budgetTokens === undefined ? undefined : effortOf(reasoning.budgetTokens));
  const providerOptions = providerOptionsOf(request);
  return {
    prompt: promptOf(request.messages, provider),
    ...(tools && {
      tools: tools.map(({ name, description, parameters, strict }) => ({
        type: 'function',
        name,
        ...(description !== undefined && { description }),
        inputSchema: parameters as JSONSchema7,
        ...(strict !== undefined && { strict }),
      })),
    }),
    ...(toolChoice !== undefined && {
      toolChoice: typeof toolChoice === 'string' ? { type: toolChoice } : { type: 'tool', toolName: toolChoice.name },
    }),
    ...(responseFormat && { responseFormat: formatOf(responseFormat) }),
    ...(effort !== undefined && { reasoning: effort }),
    ...(maxTokens !== undefined && { maxOutputTokens: maxTokens }),
    ...(request.temperature !== undefined && { temperature: request.temperature }),
    ...(request.topP !== undefined && { topP: request.topP }),
    ...(request.topK !== undefined && { topK: request.topK }),
    ...(request.seed !== undefined && { seed: request.seed }),
    ...(request.frequencyPenalty !== undefined && { frequencyPenalty: request.frequencyPenalty }),
    ...(request.presencePenalty !== undefined && { presencePenalty: request.presencePenalty }),
    ...(request.stopSequences && { stopSequences: [...request.stopSequences] }),
    ...(providerOptions && { providerOptions }),
  };
}

function formatOf(format: ResponseFormat): NonNullable<LanguageModelV4CallOptions['responseFormat']> {
  if (format.type === 'json') return { type: 'json' };
  const { name, description, schema } = format;
  return {
    type: 'json',
    name,
    ...(description !== undefined && { description }),
    schema: schema as JSONSchema7,
  };
}

/** What the AI SDK has no setting of its own for, in the words of the providers that can say it. Others ignore it. */
function providerOptionsOf(request: ModelRequest): SharedV4ProviderOptions | undefined {
  const { parallelToolCalls, responseFormat, user } = request;
  const isSchema = responseFormat?.type === 'json-schema';
  if (parallelToolCalls === undefined && !isSchema && user === undefined) return undefined;
  return {
    openai: {
      ...(parallelToolCalls !== undefined && { parallelToolCalls }),
      // The AI SDK's own default is the opposite of the protocol's.
      ...(isSchema && { strictJsonSchema: responseFormat.strict ?? false }),
      ...(user !== undefined && { user }),
    },
    anthropic: {
      ...(parallelToolCalls !== undefined && { disableParallelToolUse: !parallelToolCalls }),
      ...(user !== undefined && { metadata: { userId: user } }),
    },
  };
}

/**
 * Throws `ROUTER_REQUEST_INVALID` for media at an address that the model does not fetch itself. Nobody else does: a
 * gateway that fetches whatever address it is given opens the network it stands in.
 */
export function refuseUnsupportedUrls(request: ModelRequest, supported: Readonly<Record<string, RegExp[]>>): void {
  for (const { path, url, mediaType } of mediaUrlsOf(request.messages)) {
    if (isSupported(url, mediaType, supported)) continue;
    throw requestInvalid(
      `"${path}" is given by its URL, which this model does not fetch. Send its bytes, as a data URL in base64.`,
      path,
    );
  }
}

function isSupported(url: string, mediaType: string, supported: Readonly<Record<string, RegExp[]>>): boolean {
  const [top] = mediaType.split('/');
  return Object.entries(supported).some(([key, patterns]) => {
    const type = key.toLowerCase();
    if (type !== '*' && type !== '*/*' && type !== `${top}/*` && type !== mediaType) return false;
    return patterns.some((pattern) => new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')).test(url));
  });
}
