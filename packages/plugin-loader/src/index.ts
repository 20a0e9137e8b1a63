export type { Clock } from './clock.ts';
export type { CompileCache, CompileCacheOptions } from './compile-cache.ts';
export { enableCompileCache } from './compile-cache.ts';
export type {
  ContributionKind,
  Contributions,
  ContributionTypes,
  Declaration,
  DeclaredContribution,
} from './contributions.ts';
export { contributionKinds } from './contributions.ts';
export type { MaybePromise, PluginContext, PluginDefinition } from './definition.ts';
export { definePlugin } from './definition.ts';
export type { PluginErrorCode, PluginErrorFields } from './errors.ts';
export { PluginError } from './errors.ts';
export type {
  ActivationEndEvent,
  BootEndEvent,
  DeactivationEndEvent,
  DiscoveryEndEvent,
  ImportEndEvent,
  PluginEvent,
  ProblemFoundEvent,
} from './events.ts';
export { channels } from './events.ts';
export type { FactsCache, PluginFacts } from './facts.ts';
export type { FileStamp } from './file-stamps.ts';
export type { BootReport, DiscoveryReport, PluginHost, PluginInfo, PluginStatus } from './host.ts';
export { createPluginHost } from './host.ts';
export type { PluginHostOptions } from './host-options.ts';
export type { LedgerEntry } from './ledger.ts';
export type { PluginTimeouts } from './load-plugins.ts';
export type { Activation, PluginManifest } from './manifest.ts';
export { parseManifest } from './manifest.ts';
export type { DiscoveredPlugin } from './plan.ts';
export type { QuarantineLimits } from './plugin-state.ts';
export type { FileContent, FoundPlugin, PluginSource, SourceContext } from './source.ts';
export type { ConfigEntry, ConfigSourceOptions } from './sources/config.ts';
export { configSource } from './sources/config.ts';
export { folderSource } from './sources/folder.ts';
export type { NpmSourceOptions } from './sources/npm.ts';
export { npmSource } from './sources/npm.ts';
export type { TroubleRecord } from './trouble-records.ts';
