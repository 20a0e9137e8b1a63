import type { RequestView } from '../../api/contract.ts';
import { showCount, showDuration, showUsd, unknown } from '../../format/figures.ts';
import { orUnknown } from '../../format/shares.ts';
import { tokensOf } from '../../format/sums.ts';
import { Badge } from '../../parts/badge.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Moment } from '../../parts/moment.tsx';
import { PlaceLink } from '../../parts/place-link.tsx';
import { type Place, placeOf } from '../../url/place.ts';
import { outcomeTone } from './outcome.ts';

interface RequestTableProps {
  readonly place: Place;
  readonly requests: readonly RequestView[] | undefined;
  readonly empty: preact.ComponentChildren;
}

/** Its rows stay where they are: as requests come, what stands in them moves on. */
export const RequestTable = ({ place, requests, empty }: RequestTableProps) => (
  <DataTable
    caption="Requests"
    isCaptionHidden
    rows={requests}
    places={20}
    keyOf={(_, index) => String(index)}
    empty={empty}
    columns={[
      {
        name: 'Ended',
        width: 136,
        cell: (request) => (
          <PlaceLink to={placeOf('requests', place, request.event || (request.requestId ?? ''))}>
            <Moment at={request.at} />
          </PlaceLink>
        ),
      },
      {
        name: 'Model',
        cell: ({ model, provider }) => (
          <span class="clip" title={`${model}, ${provider}`}>
            {model}
          </span>
        ),
      },
      {
        name: 'Outcome',
        width: 144,
        cell: ({ outcome, code }) => (
          <span class="clip" title={code === '' ? outcome : code}>
            <Badge tone={outcomeTone(outcome)} text={code === '' ? outcome : code} />
          </span>
        ),
      },
      { name: 'Cache', width: 100, isExtra: true, cell: ({ cache }) => cache },
      { name: 'Time', isNumber: true, cell: ({ durationMs }) => orUnknown(durationMs, showDuration) },
      {
        name: 'First token',
        isNumber: true,
        isExtra: true,
        cell: ({ firstTokenMs }) => orUnknown(firstTokenMs, showDuration),
      },
      { name: 'Tokens', isNumber: true, isExtra: true, cell: ({ tokens }) => showCount(tokensOf(tokens)) },
      { name: 'Cost', isNumber: true, cell: ({ costUsd }) => orUnknown(costUsd, showUsd) },
      {
        name: 'Saved',
        isNumber: true,
        isExtra: true,
        cell: ({ savedUsd }) => (savedUsd === 0 ? unknown : showUsd(savedUsd)),
      },
    ]}
  />
);
