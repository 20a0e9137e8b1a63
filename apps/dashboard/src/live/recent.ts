import type { LiveFigures, RequestView } from '../api/contract.ts';
import type { Status } from './events.ts';

/** What has happened since somebody looks, as much as is shown of it. */
export interface Recent {
  readonly status: Status;
  readonly isPaused: boolean;
  /** One a second, the oldest first. */
  readonly figures: readonly LiveFigures[];
  /** The newest first. */
  readonly requests: readonly RequestView[];
  /** Requests that came while it was paused. */
  readonly missed: number;
}

export const nothing: Recent = { status: 'connecting', isPaused: false, figures: [], requests: [], missed: 0 };

const mostFigures = 120;
const mostRequests = 200;

/** With what has come since; paused, it only counts. */
export const withEvents = (
  recent: Recent,
  { figures, requests }: { readonly figures: readonly LiveFigures[]; readonly requests: readonly RequestView[] },
): Recent => {
  if (recent.isPaused) return requests.length === 0 ? recent : { ...recent, missed: recent.missed + requests.length };
  return {
    ...recent,
    figures: [...recent.figures, ...figures].slice(-mostFigures),
    requests: [...requests.toReversed(), ...recent.requests].slice(0, mostRequests),
  };
};
