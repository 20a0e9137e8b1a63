export type { AnswerCache, AnswerEntryOptions, CachedAnswer } from './answer.ts';
export { answerCodec } from './answer.ts';
export type { AnswerStream } from './answer-stream.ts';
export type { BatchItem, BatchOptions, BatchRun } from './batch-query.ts';
export type { CachePolicy, TemperatureRule } from './cache-policy.ts';
export type { Price, PriceTable } from './cost.ts';
export { costOf } from './cost.ts';
export type { RouterErrorCode, RouterErrorFields } from './errors.ts';
export { RouterError } from './errors.ts';
export type { AttemptEvent, CacheFaultEvent, RequestEndEvent, RequestStartEvent } from './events.ts';
export { channels } from './events.ts';
export type { AnswerHead, AnswerSink, CacheMode, CacheState, Exchange, Ticket } from './exchange.ts';
export type { FallbackOptions } from './fallback.ts';
export { formats } from './formats/index.ts';
export { instanceHeader, instanceId } from './instance.ts';
export type { ModelInfo, ModelList } from './models.ts';
export { listPrices } from './prices.ts';
export type { AnswerReceiver, CallControl, Provider, ProviderCall, Timeouts } from './provider.ts';
export { defaultTimeouts } from './provider.ts';
export { anthropic } from './providers/anthropic.ts';
export type { HttpProviderOptions } from './providers/http.ts';
export { openai } from './providers/openai.ts';
export { openaiCompatible } from './providers/openai-compatible.ts';
export type { SimOptions } from './providers/sim.ts';
export { sim } from './providers/sim.ts';
export { xai } from './providers/xai.ts';
export type { QueryOptions, QueryResult } from './query.ts';
export type { Router, RouterOptions } from './router.ts';
export { createRouter } from './router.ts';
export type {
  AnswerSummary,
  ErrorInfo,
  FinishReason,
  Json,
  JsonObject,
  ModelAnswer,
  ModelEvent,
  ModelMessage,
  ModelRequest,
  Protocol,
  StreamDecoder,
  StreamEncoder,
  StreamTap,
  Usage,
  WireFormat,
} from './wire-format.ts';
