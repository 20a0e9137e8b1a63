import type { Protocol, Provider } from '@hotpath/ai-router';
import type { ResolvedProvider } from '../config.ts';
import { type MergedProvider, withListLimit } from '../providers.ts';
import type { Warning } from '../warning.ts';
import { createLazyProvider } from './lazy-provider.ts';
import { makeProvider, textsIn } from './make-provider.ts';
import type { Plugins } from './open-plugins.ts';

type PluginProvider = Extract<ResolvedProvider, { readonly type: 'plugin' }>;

/** What can stand before the slash in `provider/model`; others are there for a configuration that gives them an id. */
const idPattern = /^[a-z0-9][\w.-]*$/i;

/** Providers that plugins contribute and no configuration names: each under its own name, where that is free. */
export const findPluginProviders = (
  plugins: Plugins,
  configured: Readonly<Record<string, ResolvedProvider>>,
): readonly MergedProvider[] => {
  const named = new Set(
    Object.entries(configured).flatMap(([id, config]) => (config.type === 'plugin' ? [config.name ?? id] : [])),
  );
  return plugins
    .contributions('providers')
    .filter(({ name }) => idPattern.test(name) && !named.has(name))
    .map(({ name, plugin }) => ({ id: name, config: { type: 'plugin', name }, source: `the plugin ${plugin}` }));
};

/** Providers of the configuration that no plugin brings: calls to them fail. */
export const warnOfMissingPlugins = (plugins: Plugins, providers: readonly MergedProvider[]): readonly Warning[] => {
  const known = plugins.contributions('providers').map(({ name }) => name);
  return providers.flatMap(({ id, config }) => {
    if (config.type !== 'plugin' || known.includes(config.name ?? id)) return [];
    const message = `providers.${id} is the provider "${config.name ?? id}" of a plugin, and no plugin that can be used contributes it${known.length === 0 ? '' : ` (there are ${known.join(', ')})`}. See "hotpath plugins list".`;
    return [{ code: 'PLUGIN_CONTRIBUTION_UNKNOWN', message }];
  });
};

/** The provider as its manifest describes it; its plugin is loaded by the first call. */
export const buildPluginProvider = (
  id: string,
  { name = id, settings = {} }: PluginProvider,
  plugins: Plugins,
  listTimeoutMs?: number,
): Provider => {
  const declared = plugins.contributions('providers').find((each) => each.name === name);
  const protocols = textsIn(declared, 'protocols') as readonly Protocol[];
  const provider = createLazyProvider({
    id,
    protocols: protocols.length > 0 ? protocols : ['openai-chat'],
    models: textsIn(declared, 'models'),
    scope: `plugin ${name} ${JSON.stringify(settings)}`,
    open: () => makeProvider(plugins, { id, name, settings }),
    closeMs: plugins.timeouts.deactivationMs,
    generation: () => (declared === undefined ? 0 : plugins.generation(declared.plugin)),
  });
  return withListLimit(provider, listTimeoutMs);
};
