import type { NamedLimiterState } from '@hotpath/runtime';
import type { LimitView } from './contract.ts';

const kinds = ['provider', 'model', 'key'] as const;

/** Limits by what they are of, those first before which most wait. `nameOf`: of a key by its id. */
export const limitViews = (
  states: readonly NamedLimiterState[],
  nameOf: (key: string) => string | undefined,
): readonly LimitView[] =>
  states
    .flatMap(({ name, limits, active, waiting, requests, tokens }): LimitView[] => {
      const of = kinds.find((kind) => name.startsWith(`${kind}:`));
      if (of === undefined) return [];
      const id = name.slice(of.length + 1);
      const bounded = (most: number | undefined, used: number) => (most === undefined ? null : { most, used });
      return [
        {
          of,
          id,
          name: of === 'key' ? (nameOf(id) ?? null) : null,
          waiting,
          concurrency: bounded(limits.concurrency, active),
          requestsPerMinute: bounded(limits.requestsPerMinute, requests),
          tokensPerMinute: bounded(limits.tokensPerMinute, tokens),
        },
      ];
    })
    .sort(
      (one, other) =>
        other.waiting - one.waiting ||
        kinds.indexOf(one.of) - kinds.indexOf(other.of) ||
        one.id.localeCompare(other.id),
    );
