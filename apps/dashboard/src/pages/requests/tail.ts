import type { RequestView } from '../../api/contract.ts';
import type { Params } from '../../url/place.ts';

/** What narrows down the list of requests. */
export const requestFilters = ['model', 'provider', 'key', 'agent', 'command', 'outcome', 'cache', 'code'] as const;

/** Whether a request belongs to what is asked for. */
export const isMeant = (request: RequestView, params: Params): boolean =>
  requestFilters.every((name) => params[name] === undefined || request[name] === params[name]) &&
  (params.search === undefined || (request.requestId ?? '').startsWith(params.search));

/** One that is told live has no number of its event yet, and clients may give several requests the same id. */
const identityOf = ({ requestId, event, at }: RequestView): string =>
  requestId === null ? event : `${requestId} ${at}`;

/** What was got before, and what has come since: each once, the newest first, at most so many. */
export const withLive = (
  listed: readonly RequestView[],
  live: readonly RequestView[],
  most: number,
): readonly RequestView[] => {
  const seen = new Set<string>();
  return [...live, ...listed]
    .filter((request) => !seen.has(identityOf(request)) && seen.add(identityOf(request)))
    .sort((a, b) => b.at - a.at)
    .slice(0, most);
};
