import type { ValidConfig } from '../config.ts';
import type { Warning } from '../warning.ts';
import type { Plugins } from './open-plugins.ts';
import { withTimeLimit } from './time-limit.ts';

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
      const table = `The price table ${name} of the plugin ${plugin}`;
      try {
        const prices = await withTimeLimit(plugins.resolve('prices', name), limitMs, () => {
          throw new Error(`${table} took longer than ${limitMs} ms to be loaded. Costs are told without it.`);
        });
        return validateConfig({ prices }, { environment: {}, file: table }).prices;
      } catch (error) {
        warnings.push({ code: 'PLUGIN_CONTRIBUTION_INVALID', message: (error as Error).message });
        return {};
      }
    }),
  );
  return { prices: Object.assign({}, ...tables.reverse()), warnings };
};
