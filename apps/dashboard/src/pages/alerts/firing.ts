import type { AlertsView } from '../../api/contract.ts';

/** How many rules fire: one that fires of several things is one. */
export const firingRules = (rules: AlertsView['rules']): number =>
  new Set(rules.filter(({ state }) => state === 'firing').map(({ name }) => name)).size;
