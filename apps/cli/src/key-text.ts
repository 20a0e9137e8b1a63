import type { KeyView } from '@hotpath/server/keys';
import { showCount, showTable } from './figures.ts';
import { renderColumns } from './table.ts';

const dollars = (usd: number): string => `$${usd.toFixed(usd > 0 && usd < 0.01 ? 6 : 2)}`;

const spans = { hour: 'an hour', day: 'a day', week: 'a week', month: 'a month', total: 'in total' };

const showIso = (time: string | null, otherwise: string): string =>
  time === null ? otherwise : `${time.slice(0, 19).replace('T', ' ')}Z`;

/** What is left of a budget, and until when. */
const showBudget = ({ usd, per, spentUsd, resetsAt }: KeyView['budgets'][number]): string =>
  `${dollars(usd)} ${spans[per]}: ${dollars(spentUsd)} spent${resetsAt === null ? '' : `, anew at ${showIso(resetsAt, '')}`}`;

const limitNames = {
  concurrency: 'at the same time',
  requestsPerMinute: 'requests a minute',
  tokensPerMinute: 'tokens a minute',
} as const;

const showLimits = ({ limits }: KeyView): string => {
  const shown = Object.entries(limitNames).flatMap(([name, text]) => {
    const limit = limits[name as keyof typeof limitNames];
    return limit === undefined ? [] : [`${showCount(limit)} ${text}`];
  });
  return shown.join(', ') || 'none';
};

/** One key in two columns. */
export const showKey = (key: KeyView): string =>
  showTable([
    ['Name', key.name],
    ['Id', key.id],
    ['Status', key.status],
    ...key.secrets.map(
      ({ prefix, createdAt, expiresAt }) =>
        [
          'Secret',
          `${prefix}…, made ${showIso(createdAt, '')}${expiresAt === null ? '' : `, ends ${showIso(expiresAt, '')}`}`,
        ] as const,
    ),
    ['Created', showIso(key.createdAt, '')],
    ['Expires', showIso(key.expiresAt, 'never')],
    ['Last used', showIso(key.lastUsedAt, 'never')],
    ['Team', key.team ?? 'none'],
    ['Tags', key.tags.join(', ') || 'none'],
    ['Models', key.models?.join(', ') ?? 'all'],
    ['Limits', showLimits(key)],
    ...(key.budgets.length === 0
      ? ([['Budget', 'none']] as const)
      : key.budgets.map((budget) => ['Budget', showBudget(budget)] as const)),
    ['Cache', key.cacheScope === null ? 'as the server says' : `shared by the ${key.cacheScope}`],
  ]);

/** Keys as a table, one a line. */
export const showKeys = (keys: readonly KeyView[]): string => {
  const heading = ['NAME', 'ID', 'SECRET', 'STATUS', 'TEAM', 'BUDGET', 'LAST USED'];
  const rows = keys.map(({ name, id, prefix, status, team, budgets, lastUsedAt }) => [
    name,
    id,
    `${prefix}…`,
    status,
    team ?? '-',
    budgets.map(({ usd, per, spentUsd }) => `${dollars(spentUsd)} of ${dollars(usd)}/${per}`).join(', ') || '-',
    showIso(lastUsedAt, 'never'),
  ]);
  return renderColumns(heading, rows);
};
