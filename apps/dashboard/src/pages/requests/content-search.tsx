import type { ContentView } from '../../api/contract.ts';
import { request, withQuery } from '../../api/request.ts';
import { useResource } from '../../api/use-resource.ts';
import { Banner } from '../../parts/banner.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Moment } from '../../parts/moment.tsx';
import { PlaceLink } from '../../parts/place-link.tsx';
import { goTo } from '../../url/location.ts';
import { type FilterName, filterNames, fromTheNewest, type Place, placeOf, withParams } from '../../url/place.ts';

interface ContentBoxProps {
  readonly place: Place;
}

interface ContentSearchProps extends ContentBoxProps {
  readonly words: string;
}

const limit = 50;
/** It is not kept with content who asked by which agent. */
export const contentFilters: readonly FilterName[] = filterNames.filter((name) => name !== 'agent');

const switchOn = (
  <>
    <code>hotpath config set telemetry.content.enabled true</code> captures those to come, once the gateway is started
    again.
  </>
);

/** Why there is nothing to show, as `hotpath content search` says it. */
const Nothing = ({ isCapturing, isEmpty }: Pick<ContentView, 'isCapturing' | 'isEmpty'>) => {
  if (isEmpty && isCapturing) return <p>Nothing is captured yet: whatever is asked from now on is.</p>;
  if (isEmpty) return <p>Nothing is captured: prompts and answers are not captured. {switchOn}</p>;
  return (
    <p>
      Nothing was found: ask with fewer words or filters. {!isCapturing && <>No more is captured now. {switchOn}</>}
    </p>
  );
};

/** Finds requests by words of their prompts and answers. */
export const ContentBox = ({ place }: ContentBoxProps) => (
  <form
    class="field field-search"
    onSubmit={(event) => {
      event.preventDefault();
      const words = new FormData(event.currentTarget).get('words');
      goTo(withParams(place, { words: String(words ?? '').trim(), ...fromTheNewest }));
    }}
  >
    <label for="words">Prompt or answer</label>
    <input
      id="words"
      name="words"
      type="search"
      placeholder="has the words …"
      autocomplete="off"
      key={place.params.words}
      defaultValue={place.params.words ?? ''}
    />
  </form>
);

/** Requests in whose prompt or answer the words stand, of all times that are kept. */
export const ContentSearch = ({ place, words }: ContentSearchProps) => {
  const { params } = place;
  const filters = Object.fromEntries([...contentFilters, 'outcome', 'cache'].map((name) => [name, params[name]]));
  const path = withQuery('dashboard/v1/content', { ...filters, search: words, limit, before: params.foundBefore });
  const { value, error, isStale, reload } = useResource(path, (signal) => request<ContentView>(path, { signal }));
  return (
    <section class={`panel ${isStale ? 'stale' : ''}`} aria-label="Found in prompts and answers">
      <Banner error={error} onRetry={reload} />
      <DataTable
        caption={`Prompts and answers with “${words}”`}
        rows={error ? [] : value?.entries}
        places={20}
        keyOf={({ id }) => id}
        empty={value && <Nothing {...value} />}
        columns={[
          {
            name: 'Ended',
            width: 136,
            cell: ({ at, requestId }) =>
              requestId === null ? (
                <Moment at={at} />
              ) : (
                <PlaceLink to={placeOf('requests', place, requestId)}>
                  <Moment at={at} />
                </PlaceLink>
              ),
          },
          { name: 'Model', width: 160, isExtra: true, cell: ({ model }) => <span class="clip">{model}</span> },
          {
            name: 'Found',
            cell: ({ snippet }) => (
              <span class="found">
                {snippet.map((piece, index) =>
                  // Pieces have no names; they never change places.
                  index % 2 === 1 ? <mark key={`${index}`}>{piece}</mark> : piece,
                )}
              </span>
            ),
          },
        ]}
      />
      <p class="pager">
        <PlaceLink to={withParams(place, { words: undefined, foundBefore: undefined })}>Close the search</PlaceLink>
        {params.foundBefore && <PlaceLink to={withParams(place, { foundBefore: undefined })}>Newest</PlaceLink>}
        {value?.next && !isStale && <PlaceLink to={withParams(place, { foundBefore: value.next })}>Older</PlaceLink>}
      </p>
    </section>
  );
};
