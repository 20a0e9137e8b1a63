import { useMemo, useState } from 'preact/hooks';
import { request } from '../../api/request.ts';
import type { LiveRunView, RunDetailView } from '../../api/run-views.ts';
import { useResource } from '../../api/use-resource.ts';
import { showClock } from '../../format/clock.ts';
import { showCount, showUtc } from '../../format/figures.ts';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { Banner } from '../../parts/banner.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Select } from '../../parts/select.tsx';
import { filterRows, type JournalRow, journalRows, recordKinds } from './journal-rows.ts';

interface JournalProps {
  readonly run: LiveRunView;
}

const everyMs = 2_000;
const most = 300;
const goesOn = new Set(['running', 'paused', 'undoing', 'interrupted']);
const tones: Readonly<Record<JournalRow['kind'], Tone>> = {
  run: 'accent',
  step: 'plain',
  change: 'good',
  question: 'warn',
  failure: 'bad',
};

const showTime = (at: number): string => `${showClock(at)}.${String(at % 1_000).padStart(3, '0')}`;

/** What was written down of a run, in the order in which it was. */
export const Journal = ({ run: { id, state } }: JournalProps) => {
  const [kind, setKind] = useState('');
  const [search, setSearch] = useState('');
  const { value, error, reload } = useResource(
    `journal ${id} ${state}`,
    (signal) => request<RunDetailView>(`runs/${encodeURIComponent(id)}`, { signal }),
    goesOn.has(state) ? everyMs : undefined,
  );
  const rows = useMemo(() => value && journalRows(value), [value]);
  const found = rows && filterRows(rows, kind, search);
  return (
    <>
      <Banner error={error} onRetry={reload} />
      <section class="panel panel-tall" aria-label="Journal">
        <div class="controls">
          <Select
            label="Records"
            value={kind}
            options={[{ value: '', title: 'All' }, ...recordKinds.map((each) => ({ value: each, title: each }))]}
            onChange={setKind}
          />
          <label class="field">
            <span>With</span>
            <input
              type="search"
              autocomplete="off"
              spellcheck={false}
              placeholder="step or word"
              value={search}
              onInput={({ currentTarget }) => setSearch(currentTarget.value)}
            />
          </label>
          <span class="muted" role="status">
            {found && rows && `${showCount(found.length)} of ${showCount(rows.length)}`}
          </span>
        </div>
        <DataTable
          caption="Journal"
          isCaptionHidden
          rows={found?.slice(0, most)}
          places={8}
          keyOf={({ key }) => key}
          empty={<p>No record is like that.</p>}
          columns={[
            {
              name: 'When',
              width: 112,
              cell: ({ at }) =>
                at === null ? (
                  <span class="muted">then</span>
                ) : (
                  <time dateTime={new Date(at).toISOString()} title={showUtc(at)}>
                    {showTime(at)}
                  </time>
                ),
            },
            { name: 'Record', width: 88, cell: (row) => <Badge tone={tones[row.kind]} text={row.kind} /> },
            { name: 'Step', width: 200, cell: ({ step }) => (step === '' ? '–' : <code>{step}</code>) },
            { name: 'What', isWide: true, cell: ({ text }) => text },
          ]}
        />
        {found && found.length > most && (
          <p class="muted">The first {most} are shown. Choose a kind or a word to see others.</p>
        )}
      </section>
    </>
  );
};
