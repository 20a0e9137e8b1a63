import type { SessionView } from '../api/contract.ts';
import { NotFound } from '../parts/not-found.tsx';
import type { Place } from '../url/place.ts';
import { Alerts } from './alerts/alerts.tsx';
import { Cache } from './cache.tsx';
import { Compare } from './compare.tsx';
import { KeyDetail } from './keys/key-detail.tsx';
import { Keys } from './keys/keys.tsx';
import { NewKey } from './keys/new-key.tsx';
import { Overview } from './overview/overview.tsx';
import { PluginDetail } from './plugins/plugin-detail.tsx';
import { Plugins } from './plugins/plugins.tsx';
import { Providers } from './providers/providers.tsx';
import { RequestDetail } from './requests/request-detail.tsx';
import { Requests } from './requests/requests.tsx';
import { RunDetail } from './runs/run-detail.tsx';
import { Runs } from './runs/runs.tsx';

interface CurrentPageProps {
  readonly place: Place;
  readonly session: SessionView;
}

/** What the address names. */
export const CurrentPage = ({ place, session }: CurrentPageProps) => {
  const { page, id } = place;
  if (place.isUnknown) return <NotFound place={place} what="page" back="overview" backTitle="Overview" />;
  switch (page) {
    case 'overview':
      return <Overview place={place} session={session} />;
    case 'requests':
      return id === null ? (
        <Requests place={place} session={session} />
      ) : (
        <RequestDetail place={place} session={session} event={id} />
      );
    case 'providers':
      return <Providers place={place} />;
    case 'cache':
      return <Cache />;
    case 'keys':
      if (id === null) return <Keys place={place} session={session} />;
      return id === 'new' ? <NewKey place={place} /> : <KeyDetail place={place} id={id} />;
    case 'alerts':
      return <Alerts place={place} session={session} />;
    case 'compare':
      return <Compare place={place} session={session} />;
    case 'runs':
      return id === null ? <Runs place={place} /> : <RunDetail place={place} id={id} />;
    case 'plugins':
      return id === null ? <Plugins place={place} /> : <PluginDetail place={place} name={id} />;
  }
};
