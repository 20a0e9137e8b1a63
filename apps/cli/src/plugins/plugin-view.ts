import type { PluginInfo, PluginManifest } from '@hotpath/runtime';
import { disabledBy, originOf, type PluginOrigin, type Survey } from './survey.ts';

const kindNames = {
  commands: 'command',
  providers: 'provider',
  stores: 'store',
  contextSources: 'context source',
  agents: 'agent',
  rules: 'rule',
  prices: 'prices',
  exporters: 'exporter',
} as const;

export interface ContributionView {
  /** As a reader says it: `command`, `provider`. */
  readonly kind: (typeof kindNames)[keyof typeof kindNames];
  readonly name: string;
  readonly summary: string | null;
}

/** A plugin as `--json` prints it. */
export interface PluginView {
  readonly name: string;
  readonly version: string;
  readonly description: string | null;
  readonly source: PluginOrigin;
  readonly folder: string;
  readonly status: PluginInfo['status'];
  readonly disabledBy: 'configuration' | 'user' | null;
  /** Why it is not used. */
  readonly reason: { readonly code: string; readonly message: string } | null;
  readonly contributes: readonly ContributionView[];
}

const contributionsOf = ({ contributes }: PluginManifest): readonly ContributionView[] =>
  (Object.keys(kindNames) as (keyof typeof kindNames)[]).flatMap((kind) =>
    (contributes[kind] ?? []).map(({ name, summary = null }) => ({ kind: kindNames[kind], name, summary })),
  );

export const viewOf = (survey: Survey, plugin: PluginInfo): PluginView => {
  const { manifest, folder, status, error } = plugin;
  const { name, version, description = null } = manifest;
  return {
    name,
    version,
    description,
    source: originOf(survey.places, plugin),
    folder,
    status,
    disabledBy: disabledBy(survey, name),
    reason: error === undefined ? null : { code: error.code, message: error.message },
    contributes: contributionsOf(manifest),
  };
};

/** With whoever disabled it. */
export const showStatus = ({ status, disabledBy: by }: Pick<PluginView, 'status' | 'disabledBy'>): string =>
  status === 'disabled' && by !== null ? `disabled by ${by === 'user' ? 'you' : 'the configuration'}` : status;
