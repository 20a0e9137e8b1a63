import type { DashboardKeyView } from '../../api/contract.ts';
import { Badge } from '../../parts/badge.tsx';

/** Whether a key opens anything now. */
export const KeyState = ({ status, isActive, spentUsd, budgetUsd }: DashboardKeyView) => {
  if (!isActive) return <Badge tone="plain" text={status === 'disabled' ? 'off' : status} />;
  return budgetUsd !== null && spentUsd >= budgetUsd ? (
    <Badge tone="bad" text="budget spent" />
  ) : (
    <Badge tone="good" text="active" />
  );
};
