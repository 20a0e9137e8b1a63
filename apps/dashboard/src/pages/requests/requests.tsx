import type { SessionView } from '../../api/contract.ts';
import { Select } from '../../parts/select.tsx';
import { Filters } from '../../shell/filters.tsx';
import { PageHead } from '../../shell/page-head.tsx';
import { RangePicker } from '../../shell/range-picker.tsx';
import { goTo } from '../../url/location.ts';
import { fromTheNewest, type Place, withParams } from '../../url/place.ts';
import { ContentBox, ContentSearch, contentFilters } from './content-search.tsx';
import { RequestList } from './request-list.tsx';
import { SearchBox } from './search-box.tsx';

interface RequestsProps {
  readonly place: Place;
  readonly session: SessionView;
}

const choices = { outcome: ['complete', 'failed', 'left'], cache: ['hit', 'miss', 'coalesced', 'bypass'] } as const;
const titles = { outcome: 'Outcome', cache: 'Cache' } as const;

/** Requests of a time, or of all times those in whose prompt or answer words stand. */
export const Requests = ({ place, session }: RequestsProps) => {
  const { params } = place;
  const { words } = params;
  return (
    <>
      <PageHead title="Requests">
        {session.hasStore && !words && <RangePicker place={place} />}
        {session.hasStore && <Filters place={place} {...(words && { names: contentFilters })} />}
        {(['outcome', 'cache'] as const).map((name) => (
          <Select
            key={name}
            label={titles[name]}
            value={params[name] ?? ''}
            options={[{ value: '', title: 'All' }, ...choices[name].map((value) => ({ value, title: value }))]}
            onChange={(next) => goTo(withParams(place, { [name]: next, ...fromTheNewest }))}
          />
        ))}
        {!words && <SearchBox place={place} />}
        <ContentBox place={place} />
        {params.code && !words && (
          <button type="button" class="button" onClick={() => goTo(withParams(place, { code: undefined }))}>
            Code {params.code} <span aria-hidden="true">×</span>
            <span class="hidden">: remove</span>
          </button>
        )}
      </PageHead>
      {words ? <ContentSearch place={place} words={words} /> : <RequestList place={place} session={session} />}
    </>
  );
};
