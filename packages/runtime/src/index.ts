export type {
  AnswerCost,
  AnswerHead,
  AnswerSink,
  AnswerStream,
  AssistantPart,
  AttemptCause,
  AttemptEvent,
  CachedAnswer,
  CacheFaultEvent,
  CacheMode,
  Capability,
  CountTokensResult,
  Credential,
  EconomyEvent,
  EconomyView,
  EmbedOptions,
  EmbedResult,
  ErrorInfo,
  Exchange,
  HealthView,
  JsonObject,
  ModelInfo,
  ModelList,
  NamedLimiterState,
  PriceTable,
  Protocol,
  Provider,
  QueryMessage,
  QueryOptions,
  QueryResult,
  RequestEndEvent,
  RequestStartEvent,
  ResponseFormat,
  Router,
  Stages,
  TextEnd,
  TextMessage,
  TextProviderOptions,
  TextRequest,
  Ticket,
  Usage,
  UserPart,
} from '@hotpath/ai-router';
// Applications reach the packages through here: they depend on the runtime alone.
export {
  answerCodec,
  breakdownOf,
  channels as routerChannels,
  collectAnswer,
  contentText,
  costOf,
  credentialOf,
  estimateInputTokens,
  formats,
  instanceHeader,
  instanceId,
  jsonSchemaErrors,
  listPrices,
  priceOf,
  RouterError,
  textProvider,
} from '@hotpath/ai-router';
export type { AttemptRecord, RunHistory, RunRecord } from '@hotpath/batch';
export type { Cache, CacheEntry, CacheStats, CacheStore, EntryDroppedEvent, StoreFaultEvent } from '@hotpath/cache';
export { channels as cacheChannels, compileGlob, namespaceEnd } from '@hotpath/cache';
export type {
  DeclaredContribution,
  LedgerEntry,
  PluginError,
  PluginFacts,
  PluginInfo,
  PluginManifest,
} from '@hotpath/plugin-loader';
export type { CacheEvictionPolicy } from './cache-config.ts';
export type { CacheSettings } from './cache-settings.ts';
export { findCacheSettings } from './cache-settings.ts';
export { inspectCacheFile, verifyCacheFile } from './check-cache-file.ts';
export type { HotpathOptions, Plan } from './compose.ts';
export { composeHotpath, createHotpath, planHotpath } from './compose.ts';
export type {
  CompatibleProviderConfig,
  HotpathConfig,
  PluginProviderConfig,
  ProviderConfig,
  ProviderType,
  ResolvedConfig,
  ResolvedProvider,
  SimProviderConfig,
  UpstreamProviderConfig,
} from './config.ts';
export { defineConfig } from './config.ts';
export { describeConfig } from './describe.ts';
export type { EconomyConfig } from './economy-config.ts';
export type { ConfigErrorCode, ConfigProblem } from './errors.ts';
export { ConfigError } from './errors.ts';
export type { ConfigReloadEvent, PluginReloadEvent } from './events.ts';
export { channels as runtimeChannels } from './events.ts';
export type { Folders } from './folders.ts';
export { findFolders } from './folders.ts';
export type { Hotpath } from './hotpath.ts';
export type { FindConfigOptions } from './load-config.ts';
export { findConfigFile } from './load-config.ts';
export { makeFolder } from './make-folder.ts';
export type { WarmUp } from './measure-warm-up.ts';
export { measureWarmUp } from './measure-warm-up.ts';
export type { AnswerStores, AnswerStoresOptions } from './open-answer-stores.ts';
export { openAnswerStores } from './open-answer-stores.ts';
export type {
  FlagSpec,
  FlagSpecs,
  FlagValues,
  ParsedFlags,
  PluginCommand,
  PluginInvocation,
} from './plugins/command.ts';
export { defineCommand } from './plugins/command.ts';
export type {
  HotpathContributions,
  HotpathPlugin,
  HotpathPluginContext,
  PriceTablePlugin,
  ProviderPlugin,
  StorePlugin,
} from './plugins/contributions.ts';
export { definePlugin } from './plugins/contributions.ts';
export type { DisabledList } from './plugins/disabled-list.ts';
export { openDisabledList } from './plugins/disabled-list.ts';
export type { FindPluginsOptions, FoundConfig } from './plugins/find-plugins.ts';
export { findConfig, findPlugins } from './plugins/find-plugins.ts';
export type { HotpathPluginHost, Plugins, PluginsOptions } from './plugins/open-plugins.ts';
export { activatePlugins, openPlugins } from './plugins/open-plugins.ts';
export type { PluginPlaces } from './plugins/places.ts';
export { pluginPlaces } from './plugins/places.ts';
export type { PluginSettings } from './plugins/plugin-settings.ts';
export { readPlugin } from './plugins/read-plugin.ts';
export type { ProviderFault } from './plugins/try-providers.ts';
export { tryProviders } from './plugins/try-providers.ts';
export type { PluginWatch, PluginWatchOptions } from './plugins/watch-plugins.ts';
export { watchPlugins } from './plugins/watch-plugins.ts';
export type { MergedProvider, ProviderDescription } from './providers.ts';
export type { Duration, Size } from './quantity.ts';
export { parseDuration } from './quantity.ts';
export { isForNextStart } from './restart-settings.ts';
export type {
  AttemptsConfig,
  LimitsConfig,
  PriceConfig,
  RouteConfig,
  RouteTargetConfig,
  Routing,
} from './routing-config.ts';
export { isSecretSetting } from './secret-settings.ts';
export { settingPaths } from './setting-paths.ts';
export type { SharedParts } from './shared-parts.ts';
export { createSharedParts } from './shared-parts.ts';
export { version } from './version.ts';
export type { Warning } from './warning.ts';
export type { ConfigWatch, ConfigWatchOptions } from './watch-config.ts';
export { watchConfig } from './watch-config.ts';
export type { RunHistoryReader } from './workflows/run-history.ts';
export { openRunHistory } from './workflows/run-history.ts';
