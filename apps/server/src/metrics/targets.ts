import type { HealthView } from '@hotpath/runtime';
import { type Exposition, labelsOf, type Sample } from './exposition.ts';

const states: readonly HealthView['breaker']['state'][] = ['closed', 'open', 'half-open'];

/** How the models fare that were asked of late. `nameOf` bounds how many of them are told apart. */
export const writeTargets = (
  exposition: Exposition,
  health: readonly HealthView[],
  nameOf: (model: string) => string,
): void => {
  const shown = health.map((view) => ({ view, model: nameOf(view.model) })).filter(({ model }) => model !== 'other');
  const samples = (pick: (view: HealthView) => number): readonly Sample[] =>
    shown.map(({ view, model }) => [labelsOf({ provider: view.provider, model }), pick(view)]);
  exposition.gauge(
    'hotpath_breaker_state',
    'State of a circuit breaker: 1 for the one that it is in.',
    shown.flatMap(({ view: { provider, breaker }, model }) =>
      states.map((state) => [labelsOf({ provider, model, state }), breaker.state === state ? 1 : 0] as const),
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
