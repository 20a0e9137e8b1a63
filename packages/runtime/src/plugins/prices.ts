import type { ValidConfig } from '../config.ts';
import type { Warning } from '../warning.ts';
import type { Plugins } from './open-plugins.ts';

export interface PluginPrices {
  readonly prices: NonNullable<ValidConfig['prices']>;
  readonly warnings: readonly Warning[];
}

/**
 * The tables of plugins, those of earlier sources over those of later ones. One that cannot be used, or not within `limitMs`, becomes a
 * warning. Never rejects.
 */
export const loadPluginPrices = async (plugins: Plugins, limitMs = Number.POSITIVE_INFINITY): Promise<PluginPrices> => {
  const declared = plugins.contributions('prices');
  if (declared.length === 0) return { prices: {}, warnings: [] };
  const { validateConfig } = await import('../validate.ts');
  const warnings: Warning[] = [];
  const tables = await Promise.all(
    declared.map(async ({ name, plugin }) => {
      try {
        const prices = await plugins.resolve('prices', name, limitMs);
        return validateConfig({ prices }, { environment: {}, file: `The price table ${name} of the plugin ${plugin}` })
          .prices;
      } catch (error) {
        warnings.push({ code: 'PLUGIN_CONTRIBUTION_INVALID', message: (error as Error).message });
        return {};
      }
    }),
  );
  return { prices: Object.assign({}, ...tables.reverse()), warnings };
};
