import { showCount, showDuration } from '../figures.ts';
import type { Ending } from './child.ts';
import type { Figures } from './tally.ts';

/** How a command went. */
export interface Summary {
  readonly ending: Ending;
  readonly durationMs: number;
  /** The address of a gateway that was there before. */
  readonly url?: string;
  /** Of a gateway of our own; one that others use as well keeps its own. */
  readonly figures?: Figures;
  readonly isSimulated?: boolean;
}

/** `$1.50`, `$0.0042`, `under $0.0001`. */
export const showDollars = (usd: number): string => {
  if (usd > 0 && usd < 0.0001) return 'under $0.0001';
  return `$${usd.toFixed(usd === 0 || usd >= 1 ? 2 : 4)}`;
};

const showRequests = ({ requests, fromCache, shared, failed }: Figures): string => {
  if (requests === 0) return 'no requests';
  const parts = [
    ...(fromCache > 0 ? [`${showCount(fromCache)} from the cache`] : []),
    ...(shared > 0 ? [`${showCount(shared)} shared`] : []),
    ...(failed > 0 ? [`${showCount(failed)} failed`] : []),
  ];
  return `${showCount(requests)} ${requests === 1 ? 'request' : 'requests'}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`;
};

const showMoney = ({ spentUsd, estimatedUsd, savedUsd, unknownCosts }: Figures): string =>
  `${showDollars(spentUsd)} spent${estimatedUsd > 0 ? ` (${showDollars(estimatedUsd)} of it estimated)` : ''}, ${showDollars(savedUsd)} saved${unknownCosts > 0 ? ` (cost of ${showCount(unknownCosts)} unknown)` : ''}`;

/** One line for a person. */
export const showSummary = ({ durationMs, figures, url }: Summary): string => {
  const time = showDuration(durationMs);
  if (figures === undefined) return `${time} · the gateway at ${url} keeps the figures`;
  if (figures.requests === 0) return `${showRequests(figures)} in ${time}`;
  const { input, output } = figures.tokens;
  return [
    `${showRequests(figures)} in ${time}`,
    `${showCount(input)} tokens in, ${showCount(output)} out`,
    showMoney(figures),
  ].join(' · ');
};

/** The same for a machine. What the command was is left out: arguments may hold secrets. */
export const summaryJson = ({ ending, durationMs, url, figures, isSimulated }: Summary): string =>
  `${JSON.stringify({
    exitCode: ending.exitCode,
    signal: ending.signal,
    durationMs: Math.round(durationMs),
    gateway: url ?? 'private',
    ...(isSimulated !== undefined && { simulated: isSimulated }),
    figures: figures ?? null,
  })}\n`;
