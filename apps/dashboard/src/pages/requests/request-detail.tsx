import type { RequestDetailView, SessionView } from '../../api/contract.ts';
import { request } from '../../api/request.ts';
import { useResource } from '../../api/use-resource.ts';
import { showCount, showDuration, showUsd } from '../../format/figures.ts';
import { orUnknown } from '../../format/shares.ts';
import { savedKinds, tokenClasses, tokensOf } from '../../format/sums.ts';
import { Badge } from '../../parts/badge.tsx';
import { Banner } from '../../parts/banner.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Moment } from '../../parts/moment.tsx';
import { NothingKept } from '../../parts/nothing-kept.tsx';
import { PlaceLink } from '../../parts/place-link.tsx';
import { ShareBar } from '../../parts/share-bar.tsx';
import { Timeline } from '../../parts/timeline.tsx';
import { PageHead } from '../../shell/page-head.tsx';
import { type Place, placeOf } from '../../url/place.ts';
import { ContentPanel } from './content-panel.tsx';
import { outcomeTone } from './outcome.ts';
import { stageRows } from './stage-rows.ts';

interface RequestDetailProps {
  readonly place: Place;
  readonly session: SessionView;
  readonly event: string;
}

/** One request: what it went through, and what it cost. */
export const RequestDetail = ({ place, session, event }: RequestDetailProps) => {
  const { value, error, reload } = useResource(session.hasStore ? event : null, (signal) =>
    request<RequestDetailView>(`dashboard/v1/requests/${encodeURIComponent(event)}`, { signal }),
  );
  const view = value?.request;
  return (
    <>
      <PageHead title="Request" />
      <p class="back">
        <PlaceLink to={placeOf('requests', place)}>All requests</PlaceLink>
      </p>
      <Banner error={error} onRetry={reload} />
      {!session.hasStore && <NothingKept />}
      {session.hasStore && (
        <section class="panel" aria-label="About the request">
          <Facts
            isLoading={view === undefined && error === undefined}
            facts={[
              ['Id', <code key="id">{orUnknown(view?.requestId, String)}</code>],
              ['Ended', <Moment key="at" at={view?.at ?? null} />],
              ['Outcome', view && <Badge tone={outcomeTone(view.outcome)} text={view.outcome} />],
              ['Code', view?.code || '–', 'wide'],
              ['Status', orUnknown(view?.status, String)],
              ['Model', view?.model, 'wide'],
              ['Asked for', view?.asked, 'wide'],
              ['Provider', view?.provider],
              ['Key', value?.keyName ?? (view?.key || 'none')],
              ['Agent', view?.agent || 'not told'],
              ['API', view?.protocol],
              ['Cache', view?.cache],
              ['Lane', view?.lane || 'none'],
              ['Streamed', view?.isStream ? 'yes' : 'no'],
              ['Finished by', view?.finish || '–'],
              ['Attempts', orUnknown(view?.attempts, String)],
              ['First token', orUnknown(view?.firstTokenMs, showDuration)],
            ]}
          />
        </section>
      )}
      {value && (
        <>
          <ContentPanel content={value.content} />
          <section class="panel">
            <Timeline
              caption={`Timeline, ${orUnknown(value.request.durationMs, showDuration)} in all`}
              totalMs={value.request.durationMs ?? 0}
              rows={stageRows(value.stages, value.request.isStream)}
            />
          </section>
          <div class="grid">
            <div class="panel">
              <DataTable
                caption={`Tokens, ${showCount(tokensOf(value.request.tokens))} in all`}
                rows={tokenClasses(value.request.tokens, value.tokenCosts)}
                keyOf={({ name }) => name}
                columns={[
                  { name: 'Class', cell: ({ name }) => name },
                  {
                    name: 'Share',
                    width: 72,
                    isExtra: true,
                    cell: ({ count }) => <ShareBar share={count / Math.max(1, tokensOf(value.request.tokens))} />,
                  },
                  { name: 'Tokens', isNumber: true, width: 72, cell: ({ count }) => showCount(count) },
                  {
                    name: 'Cost',
                    isNumber: true,
                    width: 88,
                    about: 'At the prices of now.',
                    cell: ({ usd }) => orUnknown(usd, showUsd),
                  },
                ]}
              />
            </div>
            <div class="panel">
              <DataTable
                caption="Cost and savings"
                rows={[
                  { name: 'Cost', usd: value.request.costUsd },
                  { name: 'of that estimated', usd: value.estimatedUsd },
                  ...(value.tokenCosts && value.otherUsd !== 0
                    ? [{ name: 'of that beyond its tokens', usd: value.otherUsd }]
                    : []),
                  ...savedKinds(value.savedUsd).map(({ name, usd }) => ({
                    name: `Saved by ${name.toLowerCase()}`,
                    usd,
                  })),
                ]}
                keyOf={({ name }) => name}
                columns={[
                  { name: 'What', cell: ({ name }) => name },
                  { name: 'Dollars', isNumber: true, cell: ({ usd }) => orUnknown(usd, showUsd) },
                ]}
              />
            </div>
          </div>
        </>
      )}
    </>
  );
};
