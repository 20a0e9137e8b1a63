import { showUsd } from '../../format/figures.ts';
import { showShare } from '../../format/shares.ts';
import { ShareBar } from '../../parts/share-bar.tsx';

interface BudgetBarProps {
  readonly spentUsd: number;
  readonly budgetUsd: number | null;
  readonly period: string | null;
}

/** What is spent of a budget. */
export const BudgetBar = ({ spentUsd, budgetUsd, period }: BudgetBarProps) => {
  if (budgetUsd === null) return <span class="muted">no budget</span>;
  const share = budgetUsd === 0 ? 1 : spentUsd / budgetUsd;
  return (
    <span class="budget">
      <ShareBar share={share} tone={share >= 1 ? 'bad' : share >= 0.8 ? 'warn' : 'accent'} />
      <small>
        {showShare(share)} of {showUsd(budgetUsd)}
        {period && (period === 'total' ? ' in total' : ` ${period === 'hour' ? 'an' : 'a'} ${period}`)}
      </small>
    </span>
  );
};
