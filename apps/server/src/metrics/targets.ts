import type { HealthView } from '@hotpath/runtime';
import { type Exposition, labelsOf, type Sample } from '@hotpath/runtime/metrics';

const states: readonly HealthView['breaker']['state'][] = ['closed', 'open', 'half-open'];

/** How the models fare that were asked of late. */
export const writeTargets = (exposition: Exposition, health: readonly HealthView[]): void => {
  // Names that are too long to be written whole may be the same then.
  const shown = new Map(health.map((view) => [labelsOf({ provider: view.provider, model: view.model }), view]));
  const samples = (pick: (view: HealthView) => number): readonly Sample[] =>
    [...shown].map(([labels, view]) => [labels, pick(view)]);
  exposition.gauge(
    'hotpath_breaker_state',
    'State of a circuit breaker: 1 for the one that it is in.',
    [...shown].flatMap(([labels, { breaker }]) =>
      states.map((state) => [`${labels},${labelsOf({ state })}`, breaker.state === state ? 1 : 0] as const),
    ),
  );
  exposition.gauge(
    'hotpath_target_available',
    'Whether calls go there now: 0 while its breaker is open, or while it asked to be left alone.',
    samples(({ isAvailable }) => (isAvailable ? 1 : 0)),
  );
  exposition.gauge(
    'hotpath_calls_in_flight',
    'Calls to a model that have not ended.',
    samples(({ inFlight }) => inFlight),
  );
};
