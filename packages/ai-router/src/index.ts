export type { AnswerCache, AnswerEntryOptions, CachedAnswer } from './answer.ts';
export { answerCodec } from './answer.ts';
export type { CheckOptions } from './answer-check.ts';
export type { AnswerCollector } from './answer-events.ts';
export { collectAnswer, contentText, eventsOf } from './answer-events.ts';
export type { AnswerStream } from './answer-stream.ts';
export type { BatchItem, BatchOptions, BatchRun } from './batch-query.ts';
export type { CachePolicy, TemperatureRule } from './cache-policy.ts';
export type { Capability, Price, PriceTable, PricingOptions } from './cost.ts';
export { breakdownOf, costOf, priceOf, withOwnPrices } from './cost.ts';
export type { CountTokensResult } from './count-query.ts';
export type { Credential } from './credential.ts';
export { credentialOf } from './credential.ts';
export type {
  BatchApi,
  BatchRequest,
  BatchResult,
  BatchState,
  BatchStatus,
  BatchSubmission,
  FoundBatch,
  SoughtSubmission,
} from './economy/batch-api.ts';
export type { EconomyView } from './economy/economy-view.ts';
export type { EconomyOptions, LaneClock } from './economy/options.ts';
export type { EmbedOptions, EmbedResult } from './embed.ts';
export type { RouterErrorCode, RouterErrorFields } from './errors.ts';
export { RouterError } from './errors.ts';
export type {
  AttemptCause,
  AttemptEvent,
  CacheFaultEvent,
  ContentEvent,
  EconomyEvent,
  RequestEndEvent,
  RequestStartEvent,
} from './events.ts';
export { channels } from './events.ts';
export type {
  AnswerCost,
  AnswerEnd,
  AnswerHead,
  AnswerSink,
  CacheMode,
  CacheState,
  Exchange,
  Stages,
  Ticket,
} from './exchange.ts';
export type { FallbackOptions } from './fallback.ts';
export { formats } from './formats/index.ts';
export type { BreakerSettings } from './health/breaker.ts';
export type { HealthView } from './health/health-view.ts';
export { instanceHeader, instanceId } from './instance.ts';
export { jsonSchemaErrors } from './json-schema.ts';
export { estimateInputTokens } from './limits/estimate.ts';
export type { Limits } from './limits/gate.ts';
export type { NamedLimiterState } from './limits/limiters.ts';
export type { LimitMemory, LimitOptions } from './limits/request-limits.ts';
export { createLimitMemory } from './limits/request-limits.ts';
export type { ModelInfo, ModelList } from './models.ts';
export { listPrices } from './prices.ts';
export type { PromptCacheMode } from './prompt-cache/expectations.ts';
export type { AnswerReceiver, CallControl, Provider, ProviderCall, Timeouts } from './provider.ts';
export { defaultTimeouts } from './provider.ts';
export { anthropic } from './providers/anthropic.ts';
export type { HttpProviderOptions } from './providers/http.ts';
export { openai } from './providers/openai.ts';
export { openaiCompatible } from './providers/openai-compatible.ts';
export type { SimOptions } from './providers/sim.ts';
export { sim } from './providers/sim.ts';
export type { TextEnd, TextProviderOptions } from './providers/text.ts';
export { textProvider } from './providers/text.ts';
export type { TextMessage, TextRequest } from './providers/text-request.ts';
export { xai } from './providers/xai.ts';
export type { QueryMessage, QueryOptions, QueryResult } from './query.ts';
export type { AnswerCheck, Continuation } from './route.ts';
export type { Router, RouterOptions } from './router.ts';
export { createRouter } from './router.ts';
export type { AttemptPolicy, RouteOptions, RouteTarget } from './routes.ts';
export type { SavedDollars, SavingsFigures, SavingsRow, SavingsSnapshot } from './savings.ts';
export type {
  AnswerSummary,
  AssistantPart,
  ErrorInfo,
  FinishReason,
  Json,
  JsonObject,
  Losses,
  ModelAnswer,
  ModelEvent,
  ModelMessage,
  ModelRequest,
  ModelTool,
  Operation,
  PartStart,
  Protocol,
  ReasoningOptions,
  ReasoningProof,
  ResponseFormat,
  StreamDecoder,
  StreamEncoder,
  StreamTap,
  ToolChoice,
  Usage,
  UserPart,
  WireFormat,
} from './wire-format.ts';
