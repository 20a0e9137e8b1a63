import type { PluginsView } from '../../api/contract.ts';
import { request } from '../../api/request.ts';
import { useResource } from '../../api/use-resource.ts';
import { showDuration } from '../../format/figures.ts';
import { orUnknown } from '../../format/shares.ts';
import { Badge } from '../../parts/badge.tsx';
import { Banner } from '../../parts/banner.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { PlaceLink } from '../../parts/place-link.tsx';
import { PageHead } from '../../shell/page-head.tsx';
import { type Place, placeOf } from '../../url/place.ts';
import { pluginTone } from './states.ts';

interface PluginsProps {
  readonly place: Place;
}

/** What was loaded, how long that took, and what was not. */
export const Plugins = ({ place }: PluginsProps) => {
  const { value, error, reload } = useResource('plugins', (signal) =>
    request<PluginsView>('dashboard/v1/plugins', { signal }),
  );
  return (
    <>
      <PageHead title="Plugins" />
      <Banner error={error} onRetry={reload} />
      <div class="panel">
        <DataTable
          caption="Plugins"
          isCaptionHidden
          isTall
          rows={value?.plugins}
          keyOf={({ name }) => name}
          empty={
            <Empty title="No plugins are installed">
              Make one with <code>hotpath plugins new NAME</code>, or link one with{' '}
              <code>hotpath plugins link FOLDER</code>.
            </Empty>
          }
          columns={[
            {
              name: 'Name',
              cell: ({ name, version, problem }) => (
                <>
                  <PlaceLink to={placeOf('plugins', place, name)}>{name}</PlaceLink> <small>{version}</small>
                  {problem !== null && <small class="block tone-bad">{problem}</small>}
                </>
              ),
            },
            {
              name: 'State',
              width: 120,
              cell: (plugin) => <Badge tone={pluginTone(plugin)} text={plugin.state} />,
            },
            { name: 'Import', isNumber: true, cell: ({ importMs }) => orUnknown(importMs, showDuration) },
            { name: 'Activation', isNumber: true, cell: ({ activationMs }) => orUnknown(activationMs, showDuration) },
          ]}
        />
      </div>
      <p class="muted">
        A plugin that failed too often is left out until <code>hotpath plugins enable NAME</code>; see why with{' '}
        <code>hotpath plugins doctor</code>.
      </p>
    </>
  );
};
