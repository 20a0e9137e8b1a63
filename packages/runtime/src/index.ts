export type {
  AnswerHead,
  AnswerSink,
  AnswerStream,
  CachedAnswer,
  CacheMode,
  ErrorInfo,
  Exchange,
  JsonObject,
  ModelInfo,
  ModelList,
  Protocol,
  QueryOptions,
  QueryResult,
  Router,
  Ticket,
} from '@hotpath/ai-router';
// Applications reach the packages through here: they depend on the runtime alone.
export { answerCodec, formats, instanceHeader, instanceId, RouterError } from '@hotpath/ai-router';
export type { Cache, CacheEntry, CacheStore } from '@hotpath/cache';
export type { CacheSettingsOptions } from './cache-settings.ts';
export { findCacheSettings } from './cache-settings.ts';
export { inspectCacheFile, verifyCacheFile } from './check-cache-file.ts';
export type { Hotpath, HotpathOptions, Plan } from './compose.ts';
export { createHotpath, planHotpath } from './compose.ts';
export type {
  CacheEvictionPolicy,
  CompatibleProviderConfig,
  Duration,
  HotpathConfig,
  ProviderConfig,
  ProviderType,
  ResolvedConfig,
  ResolvedProvider,
  SimProviderConfig,
  Size,
  UpstreamProviderConfig,
} from './config.ts';
export { defineConfig } from './config.ts';
export { describeConfig } from './describe.ts';
export type { ConfigErrorCode, ConfigProblem } from './errors.ts';
export { ConfigError } from './errors.ts';
export type { Folders } from './folders.ts';
export { findFolders } from './folders.ts';
export type { WarmUp } from './measure-warm-up.ts';
export { measureWarmUp } from './measure-warm-up.ts';
export type { AnswerStores, AnswerStoresOptions } from './open-answer-stores.ts';
export { openAnswerStores } from './open-answer-stores.ts';
export type { MergedProvider, ProviderDescription } from './providers.ts';
export type { Warning } from './warning.ts';
