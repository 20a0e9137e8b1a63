/**
 * Which of OpenTelemetry's names for generative AI are used; none of them is stable yet. `legacy`: those of semantic conventions 1.41,
 * which backends know. `next`: those that have taken their place. `both`: each of them.
 */
export type Conventions = 'legacy' | 'next' | 'both';

interface Named {
  readonly legacy?: string;
  readonly next?: string;
}

const same = (name: string): Named => ({ legacy: name, next: name });

/** All names of generative AI that are sent. */
const attributes = {
  agent: same('gen_ai.agent.name'),
  operation: same('gen_ai.operation.name'),
  provider: same('gen_ai.provider.name'),
  requestModel: same('gen_ai.request.model'),
  isStream: same('gen_ai.request.stream'),
  responseModel: same('gen_ai.response.model'),
  finishReasons: same('gen_ai.response.finish_reasons'),
  timeToFirstChunk: same('gen_ai.response.time_to_first_chunk'),
  inputTokens: same('gen_ai.usage.input_tokens'),
  outputTokens: same('gen_ai.usage.output_tokens'),
  cacheReadTokens: same('gen_ai.usage.cache_read.input_tokens'),
  cacheWriteTokens: {
    legacy: 'gen_ai.usage.cache_creation.input_tokens',
    next: 'gen_ai.usage.cache_write.input_tokens',
  },
  reasoningTokens: same('gen_ai.usage.reasoning.output_tokens'),
  workflow: same('gen_ai.workflow.name'),
  tokenType: { legacy: 'gen_ai.token.type' },
} as const satisfies Readonly<Record<string, Named>>;

const metrics = {
  duration: same('gen_ai.client.operation.duration'),
  timeToFirstChunk: same('gen_ai.client.operation.time_to_first_chunk'),
  tokenUsage: { legacy: 'gen_ai.client.token.usage' },
  inputTokens: { next: 'gen_ai.client.inference.usage.input_tokens' },
  outputTokens: { next: 'gen_ai.client.inference.usage.output_tokens' },
  cacheReadTokens: { next: 'gen_ai.client.inference.usage.cache_read.input_tokens' },
  cacheWriteTokens: { next: 'gen_ai.client.inference.usage.cache_write.input_tokens' },
  reasoningTokens: { next: 'gen_ai.client.inference.usage.reasoning.output_tokens' },
  inputTokensEach: { next: 'gen_ai.client.inference.operation.input_tokens' },
  outputTokensEach: { next: 'gen_ai.client.inference.operation.output_tokens' },
} as const satisfies Readonly<Record<string, Named>>;

/** The version of the conventions that the `legacy` names are of. */
export const schemaUrl = 'https://opentelemetry.io/schemas/1.41.0';

export type AttributeName = keyof typeof attributes;
export type MetricName = keyof typeof metrics;

/** The names to use of each: none, one or two. */
export interface Names {
  attribute(name: AttributeName): readonly string[];
  metric(name: MetricName): readonly string[];
}

const chosen = ({ legacy, next }: Named, conventions: Conventions): readonly string[] => {
  const names = conventions === 'both' ? [legacy, next] : [conventions === 'legacy' ? legacy : next];
  return [...new Set(names.filter((each) => each !== undefined))];
};

const mapped = <Name extends string>(
  table: Readonly<Record<Name, Named>>,
  conventions: Conventions,
): ReadonlyMap<string, readonly string[]> =>
  new Map(Object.entries<Named>(table).map(([name, each]) => [name, chosen(each, conventions)]));

export const createNames = (conventions: Conventions): Names => {
  const ofAttributes = mapped(attributes, conventions);
  const ofMetrics = mapped(metrics, conventions);
  return { attribute: (name) => ofAttributes.get(name) ?? [], metric: (name) => ofMetrics.get(name) ?? [] };
};

const operations: Readonly<Record<string, string>> = {
  'openai-embeddings': 'embeddings',
  'anthropic-count-tokens': 'count_tokens',
};

/** What a protocol asks a model for. */
export const operationOf = (protocol: string): string => operations[protocol] ?? 'chat';

/** Providers that the conventions have another name for than the configuration. */
const providers: Readonly<Record<string, string>> = {
  gemini: 'gcp.gemini',
  mistral: 'mistral_ai',
  moonshot: 'moonshot_ai',
  xai: 'x_ai',
};

export const providerOf = (provider: string): string => providers[provider] ?? provider;
