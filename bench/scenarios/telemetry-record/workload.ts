/** What the router announces of a request, as far as it is recorded. */
export interface RequestEvent {
  readonly requestId: string;
  readonly keyId: string;
  readonly protocol: string;
  readonly provider: string;
  readonly model: string;
  readonly asked: string;
  readonly stream: boolean;
  readonly cache: string;
  readonly outcome: string;
  readonly status: number;
  readonly attempts: number;
  readonly costUsd: number;
  readonly durationMs: number;
  readonly firstByteMs: number;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
  readonly finishReason: string;
}

const models = ['gpt-4o', 'gpt-4o-mini', 'claude-sonnet-4-6', 'claude-haiku-4-5'] as const;

/** Requests of four models and five keys, every third from the cache, half of them streamed; one after another, again and again. */
export const requestEvents: readonly RequestEvent[] = Array.from({ length: 4096 }, (_, index) => {
  const model = models[index % models.length] as string;
  return {
    requestId: `request-${index}`,
    keyId: `key-${index % 5}`,
    protocol: 'openai-chat',
    provider: index % 4 < 2 ? 'openai' : 'anthropic',
    model,
    asked: model,
    stream: index % 2 === 0,
    cache: index % 3 === 0 ? 'hit' : 'miss',
    outcome: 'complete',
    status: 200,
    attempts: 1,
    costUsd: 0.001 + index * 1e-7,
    durationMs: 100 + (index % 900),
    firstByteMs: 50 + (index % 100),
    usage: { inputTokens: 500 + (index % 100), outputTokens: 100 + (index % 50) },
    finishReason: 'stop',
  };
});
