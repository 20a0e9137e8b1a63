import type { PluginsView } from '../../api/contract.ts';
import { request } from '../../api/request.ts';
import { useResource } from '../../api/use-resource.ts';
import { Badge } from '../../parts/badge.tsx';
import { Banner } from '../../parts/banner.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Moment } from '../../parts/moment.tsx';
import { PlaceLink } from '../../parts/place-link.tsx';
import { Timeline } from '../../parts/timeline.tsx';
import { PageHead } from '../../shell/page-head.tsx';
import { type Place, placeOf } from '../../url/place.ts';
import { pluginTone } from './states.ts';

interface PluginDetailProps {
  readonly place: Place;
  readonly name: string;
}

const listed = (items: readonly string[] | undefined, none: string): string => items?.join(', ') || none;

/** One plugin: where it comes from, what it may do, what loading it took, and what it has done wrong. */
export const PluginDetail = ({ place, name }: PluginDetailProps) => {
  const { value, error, reload } = useResource('plugins', (signal) =>
    request<PluginsView>('dashboard/v1/plugins', { signal }),
  );
  const plugin = value?.plugins.find((each) => each.name === name);
  const importMs = plugin?.importMs ?? null;
  const activationMs = plugin?.activationMs ?? null;
  const stages = [
    { key: 'import', name: 'Import', durationMs: importMs, fromMs: 0, about: 'its code is read and run' },
    {
      key: 'activation',
      name: 'Activation',
      durationMs: activationMs,
      fromMs: importMs ?? 0,
      about: 'it says what it contributes',
    },
  ].filter(({ durationMs }) => durationMs !== null);
  return (
    <>
      <PageHead title={`Plugin ${name}`} />
      <p class="back">
        <PlaceLink to={placeOf('plugins', place)}>All plugins</PlaceLink>
      </p>
      <Banner error={error} onRetry={reload} />
      {value && !plugin && <p class="note">It is not installed any more.</p>}
      <section class="panel" aria-label="About the plugin">
        <Facts
          isLoading={value === undefined && error === undefined}
          facts={[
            ['State', plugin && <Badge tone={pluginTone(plugin)} text={plugin.state} />],
            ['Version', plugin?.version ?? '–'],
            ['Works with Hotpath', plugin?.host],
            ['Runs in', plugin && (plugin.runsIn === 'thread' ? 'a thread of its own' : 'the process of the gateway')],
            ['Found in', plugin?.source],
            ['Loaded', listed(plugin?.activates, 'at first use')],
            ['Contributes', listed(plugin?.contributes, 'nothing'), 'wide'],
            ['Needs', listed(plugin?.needs, 'no other plugin'), 'wide'],
            ['About', plugin?.about ?? '–', 'wide'],
            ['Folder', <code key="folder">{plugin?.folder}</code>, 'wide'],
          ]}
        />
        <p class="muted">
          A plugin may do whatever this user may: a thread of its own keeps what crashes away from the gateway, and does
          not protect from malice.
        </p>
      </section>
      {plugin?.problem && (
        <div class="banner" role="status">
          <p>{plugin.problem}</p>
        </div>
      )}
      {plugin && (
        <section class="panel">
          {stages.length === 0 ? (
            <>
              <h2>What loading it took</h2>
              <p class="muted">It has not been loaded in this process.</p>
            </>
          ) : (
            <Timeline caption="What loading it took" rows={stages} totalMs={(importMs ?? 0) + (activationMs ?? 0)} />
          )}
        </section>
      )}
      {plugin?.trouble && (
        <section class="panel" aria-labelledby="trouble">
          <div class="panel-head">
            <h2 id="trouble">What went wrong with it before</h2>
          </div>
          <Facts
            facts={[
              ['Left out since', <Moment key="since" at={plugin.trouble.quarantinedAt} />],
              ['Crashes', String(plugin.trouble.crashes)],
              ['Failures in a row', String(plugin.trouble.failures)],
              ['Last error', <code key="code">{plugin.trouble.lastCode ?? '–'}</code>, 'wide'],
              ['Of the build', <code key="build">{plugin.trouble.build}</code>, 'wide'],
            ]}
          />
          <p class="muted">
            Changed code begins anew. To let it try again as it is: <code>hotpath plugins enable {name}</code>
          </p>
        </section>
      )}
    </>
  );
};
