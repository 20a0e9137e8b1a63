import { defineKind } from '../kind.ts';

/** What became of the alerts. */
export const alertKind = defineKind({
  name: 'alert',
  about: 'An alert went from one state to another.',
  dimensions: {
    rule: 'Its rule.',
    subject: 'Which of those that the rule tells apart, such as a provider; empty where it tells none apart.',
    severity: '`page` or `warn`.',
    state: 'The state it is in from then on: `ok`, `pending`, `firing` or `recovering`.',
  },
  measures: {
    lasted: { unit: 'microseconds', keep: 'histogram', about: 'How long it was in the state it left.' },
    value: {
      unit: 'count',
      keep: 'none',
      about: 'The figure, in thousandths of the unit that its kind is recorded in; of a ratio, per mille.',
    },
  },
  texts: { message: 'All of it in one line.' },
});
