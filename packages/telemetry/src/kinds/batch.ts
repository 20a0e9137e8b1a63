import { defineKind } from '../kind.ts';

/** A step of a run, or an item of a batch. */
export const stepKind = defineKind({
  name: 'step',
  about: 'A step of a run came to its end.',
  dimensions: {
    run_name: 'The name of the workflow.',
    step: 'The step by its name, without the numbers of a list it is one of.',
    outcome: '`succeeded`, `failed`, `skipped`, `blocked` or `cancelled`.',
    code: 'The code of the error it failed with; empty without one.',
    reused: '`yes` where it had been done before, and was not done again.',
  },
  measures: {
    duration: { unit: 'microseconds', keep: 'histogram', about: 'From its start until its end, with all attempts.' },
    start_delay: { unit: 'microseconds', keep: 'histogram', about: 'From when it could begin until it began.' },
    attempts: { unit: 'count', keep: 'sum', about: 'Times it was tried.' },
    cost: { unit: 'micro-dollars', keep: 'sum', about: 'What the models it asked charge.' },
  },
  texts: { run: 'The id of the run.' },
});

/** A run of a workflow. */
export const runKind = defineKind({
  name: 'run',
  about: 'A run came to its end, one that had ended was undone, or one was put in order whose process had ended.',
  dimensions: {
    run_name: 'The name of the workflow.',
    outcome:
      'How it ended: `committed`, `paused`, `failed` without having changed anything, `undone` where it has failed and was taken back, `kept` where it has failed and what succeeded stands. What came after: `reverted` where somebody undid it, `recovered` where its process had ended in the middle and it was put in order.',
  },
  measures: {
    duration: { unit: 'microseconds', keep: 'histogram', about: 'From its start until its end.' },
    steps: { unit: 'count', keep: 'sum', about: 'Steps that ended; of what came after, those that were taken back.' },
    conflicts: {
      unit: 'count',
      keep: 'sum',
      about: 'Places left as they are, because somebody else had changed them.',
    },
    cost: { unit: 'micro-dollars', keep: 'sum', about: 'What its models charge.' },
  },
  texts: { run: 'Its id.' },
});
