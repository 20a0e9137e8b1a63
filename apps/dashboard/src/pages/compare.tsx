import type { CompareView, SessionView } from '../api/contract.ts';
import { request, withQuery } from '../api/request.ts';
import { useResource } from '../api/use-resource.ts';
import { showDay } from '../format/clock.ts';
import { showCount } from '../format/figures.ts';
import { orUnknown, showSigned } from '../format/shares.ts';
import { nameOfFigure, showWithUnit, unitOfFigure } from '../format/units.ts';
import { Badge, type Tone } from '../parts/badge.tsx';
import { Banner } from '../parts/banner.tsx';
import { DataTable } from '../parts/data-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { NothingKept } from '../parts/nothing-kept.tsx';
import { Select } from '../parts/select.tsx';
import { Filters } from '../shell/filters.tsx';
import { PageHead } from '../shell/page-head.tsx';
import { RangePicker } from '../shell/range-picker.tsx';
import { goTo } from '../url/location.ts';
import { filtersOf, type Place, showPlace, withParams } from '../url/place.ts';
import { baselineOf, baselines, rangeOf } from '../url/range.ts';

interface CompareProps {
  readonly place: Place;
  readonly session: SessionView;
}

type Figure = CompareView['figures'][number];

const tones: Readonly<Record<Figure['verdict'], Tone>> = {
  better: 'good',
  worse: 'bad',
  'no difference': 'plain',
  unknown: 'plain',
};

/** As the command line says it. */
const words: Partial<Record<Figure['verdict'], string>> = { unknown: 'too few' };

const show = (value: number | null, { figure }: Figure): string =>
  orUnknown(value, (each) => showWithUnit(each, unitOfFigure(figure)));

/** One time beside another: what is better or worse, and what may be chance. */
export const Compare = ({ place, session }: CompareProps) => {
  const { value, error, isStale, reload } = useResource(session.hasStore ? showPlace(place) : null, (signal) => {
    const range = rangeOf(place.params, Date.now());
    const baseline = baselineOf(range, place.params.baseline);
    const query = { from: range.from, to: range.to, baselineFrom: baseline.from, baselineTo: baseline.to };
    return request<CompareView>(withQuery('dashboard/v1/compare', { ...query, ...filtersOf(place) }), { signal });
  });
  const isEmpty = value && value.baseline.totals.requests + value.current.totals.requests === 0;
  return (
    <>
      <PageHead title="Compare">
        {session.hasStore && (
          <>
            {' '}
            <RangePicker place={place} />
            <Select
              label="With"
              value={place.params.baseline ?? 'before'}
              options={baselines.map(({ name, title }) => ({ value: name, title }))}
              onChange={(baseline) => goTo(withParams(place, { baseline }))}
            />
            <Filters place={place} />
          </>
        )}
      </PageHead>
      <Banner error={error} onRetry={reload} />
      {!session.hasStore ? (
        <NothingKept />
      ) : isEmpty ? (
        <Empty title="There is nothing to compare">No requests ended in either time. Choose a longer one.</Empty>
      ) : (
        <div class={`panel ${isStale ? 'stale' : ''}`}>
          <p class="muted two-lines">
            {value &&
              `${showCount(value.current.totals.requests)} requests from ${showDay(value.current.from)} to ${showDay(value.current.to)}, against ${showCount(value.baseline.totals.requests)} from ${showDay(value.baseline.from)} to ${showDay(value.baseline.to)}.`}
          </p>
          <DataTable
            caption="Figures"
            rows={value?.figures}
            places={8}
            keyOf={({ figure }) => figure}
            empty={<p>No figure can be compared.</p>}
            columns={[
              { name: 'Figure', cell: ({ figure }) => nameOfFigure(figure) },
              { name: 'Before', isNumber: true, cell: (figure) => show(figure.baseline, figure) },
              { name: 'Now', isNumber: true, cell: (figure) => show(figure.current, figure) },
              { name: 'Change', isNumber: true, cell: ({ change }) => orUnknown(change, showSigned) },
              {
                name: '95% within',
                isNumber: true,
                isExtra: true,
                width: 160,
                about: 'Of now: another such time would be between these, with a confidence of 95%.',
                cell: (figure) =>
                  orUnknown(figure.interval, ([low, high]) => `${show(low, figure)} … ${show(high, figure)}`),
              },
              {
                name: 'p',
                isNumber: true,
                isExtra: true,
                width: 72,
                about: 'How often chance alone would make such a difference.',
                cell: ({ pValue }) => orUnknown(pValue, (p) => (p < 0.001 ? '<0.001' : p.toFixed(3))),
              },
              {
                name: 'Verdict',
                width: 128,
                about: '“Too few”: there are too few requests in one of the times to tell.',
                cell: ({ verdict }) => <Badge tone={tones[verdict]} text={words[verdict] ?? verdict} />,
              },
            ]}
          />
        </div>
      )}
    </>
  );
};
