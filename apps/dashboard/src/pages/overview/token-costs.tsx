import type { OverviewView } from '../../api/contract.ts';
import { showUsd } from '../../format/figures.ts';
import { orUnknown, showMany } from '../../format/shares.ts';
import { tokenClasses } from '../../format/sums.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { ShareBar } from '../../parts/share-bar.tsx';

interface TokenCostsProps {
  readonly view: OverviewView | undefined;
}

interface Row {
  readonly name: string;
  readonly count: number | null;
  readonly usd: number | null;
}

/** What was spent, by the class of tokens that it was charged for. */
export const TokenCosts = ({ view }: TokenCostsProps) => {
  const rows: readonly Row[] | undefined = view && [
    ...tokenClasses(view.totals.tokens, view.tokenCosts),
    // What rounding leaves is not worth a line.
    ...(view.unsplitUsd > view.totals.costUsd / 1_000
      ? [{ name: 'Beyond tokens', count: null, usd: view.unsplitUsd }]
      : []),
  ];
  const most = Math.max(view?.totals.costUsd ?? 0, Number.MIN_VALUE);
  return (
    <div class="panel">
      <DataTable
        caption="Cost by token class"
        rows={rows}
        places={5}
        keyOf={({ name }) => name}
        columns={[
          { name: 'Class', cell: ({ name }) => name },
          { name: 'Share', width: 72, isExtra: true, cell: ({ usd }) => <ShareBar share={(usd ?? 0) / most} /> },
          { name: 'Tokens', isNumber: true, width: 80, cell: ({ count }) => orUnknown(count, showMany) },
          {
            name: 'Cost',
            isNumber: true,
            width: 80,
            about: 'What was charged, shared out by the prices of now.',
            cell: ({ usd }) => orUnknown(usd, showUsd),
          },
        ]}
      />
    </div>
  );
};
