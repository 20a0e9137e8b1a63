import { defineKind } from '../kind.ts';

/** A call to a provider. */
export const attemptKind = defineKind({
  name: 'attempt',
  about: 'A call to a provider came to its end. A request that the cache answers makes none.',
  dimensions: {
    provider: 'Who was called.',
    model: 'The model that was asked for.',
    cause:
      'Why it was not the first: `retry`, `failover`, `hedge`, `race`, `continuation` or `restart`; empty for the first.',
    outcome: '`complete`, `failed`, or `abandoned` where nobody waited for it any more.',
    answer: 'The class of the status it was answered with, such as `2xx`; `none` without an answer.',
    health:
      'What its end says of the provider: `well`, `ill` for a failure that counts against its breaker (no answer, 5xx, overload, no credit), or empty where it says nothing, as of a request that was wrong.',
    code: 'The code of the error it failed with; empty without one.',
  },
  measures: {
    duration: { unit: 'microseconds', keep: 'histogram', about: 'From the call until its end.' },
    status: { unit: 'status', keep: 'none', about: 'The HTTP status of the provider.' },
  },
  texts: {
    request_id: 'Of the request that it was made for.',
    trace: 'The trace of that request, as W3C `traceparent` names it.',
  },
});
