import { faultKind, pluginKind } from '../kinds/process.ts';
import type { Source } from '../source.ts';
import { codeOf } from './code-of.ts';
import { listenOnChannels } from './listen.ts';

interface PhaseEnd {
  readonly plugin: string;
  readonly durationMs: number;
  readonly error?: unknown;
}

/** Records how plugins are loaded, from the channels of `@hotpath/plugin-loader`. `now`: epoch milliseconds. */
export const pluginSource = ({ now = Date.now }: { readonly now?: (() => number) | undefined } = {}): Source => ({
  name: 'plugin-loader',
  start(collector, listen = listenOnChannels) {
    const plugins = collector.recorder(pluginKind);
    const faults = collector.recorder(faultKind);
    const phase =
      (name: string) =>
      ({ plugin, durationMs, error }: PhaseEnd): void => {
        const { dimensionAt, measureAt } = pluginKind;
        plugins.names[dimensionAt.plugin] = plugin;
        plugins.names[dimensionAt.phase] = name;
        plugins.names[dimensionAt.code] = codeOf(error);
        plugins.values[measureAt.duration] = durationMs * 1000;
        plugins.push(now());
      };
    return listen({
      'hotpath:plugins:import-end': phase('import'),
      'hotpath:plugins:activation-end': phase('activation'),
      'hotpath:plugins:deactivation-end': phase('deactivation'),
      'hotpath:plugins:problem-found'({ error }: { readonly error: unknown }) {
        faults.names[faultKind.dimensionAt.part] = 'plugins';
        faults.names[faultKind.dimensionAt.code] = codeOf(error);
        faults.push(now());
      },
    });
  },
});
