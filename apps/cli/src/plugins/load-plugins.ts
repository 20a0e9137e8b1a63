import type { HotpathPluginHost, LedgerEntry, PluginInfo } from '@hotpath/runtime';
import { showDuration } from '../figures.ts';
import { showProgress } from '../progress.ts';
import { renderColumns } from '../table.ts';
import { styledOut } from '../terminal.ts';

/** Those that others need before those others, so that what each takes is its own. */
const inOrder = (plugins: readonly PluginInfo[], wanted: readonly string[]): readonly string[] => {
  const needs = new Map(plugins.map(({ manifest }) => [manifest.name, Object.keys(manifest.dependencies)]));
  const ordered = new Set<string>();
  const met = new Set<string>();
  const visit = (name: string): void => {
    if (met.has(name)) return;
    met.add(name);
    for (const needed of needs.get(name) ?? []) visit(needed);
    ordered.add(name);
  };
  for (const name of wanted) visit(name);
  return [...ordered];
};

/** Loads plugins one after another; what is wrong with one is among the host's problems. Those that are left out stay so. */
export const loadPlugins = async (
  host: HotpathPluginHost,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> => {
  const progress = showProgress();
  const plugins = host.plugins();
  const usable = new Set(plugins.flatMap(({ manifest, status }) => (status === 'ready' ? [manifest.name] : [])));
  try {
    for (const name of inOrder(plugins, names)) {
      signal.throwIfAborted();
      if (!usable.has(name)) continue;
      progress.report(`Loading ${name}`);
      await host.load(name).catch(() => undefined);
    }
  } finally {
    progress.end();
  }
};

const shown = (durationMs: number | undefined): string => (durationMs === undefined ? '-' : showDuration(durationMs));

/** What loading each took, slowest first, below a heading; '' where nothing was loaded. */
export const renderLedger = (heading: string, ledger: readonly LedgerEntry[]): string => {
  if (ledger.length === 0) return '';
  const table = renderColumns(
    ['PLUGIN', 'IMPORT', 'ACTIVATION', 'TOGETHER'],
    ledger.map(({ plugin, importMs, activationMs, totalMs }) => [
      plugin,
      shown(importMs),
      shown(activationMs),
      showDuration(totalMs),
    ]),
  );
  return `\n${styledOut('bold', heading)}\n${table}`;
};
