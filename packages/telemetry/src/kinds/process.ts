import { defineKind } from '../kind.ts';

/** How the process is, once a second. */
export const sampleKind = defineKind({
  name: 'sample',
  about: 'What the process took in the last second.',
  dimensions: { command: 'What the process does: `serve`, or the name of the command.' },
  measures: {
    cpu: { unit: 'per-mille', keep: 'histogram', about: 'Processor time by time, of one core.' },
    memory: { unit: 'bytes', keep: 'histogram', about: 'Resident memory.' },
    heap: { unit: 'bytes', keep: 'histogram', about: 'Heap of V8 in use.' },
    loop_delay: {
      unit: 'microseconds',
      keep: 'histogram',
      about: 'The 99th percentile of the delay of the event loop.',
    },
    loop_busy: { unit: 'per-mille', keep: 'histogram', about: 'Share of the time in which the event loop was busy.' },
  },
});

/** A command that somebody ran. */
export const commandKind = defineKind({
  name: 'command',
  about: 'A command was run to its end.',
  dimensions: {
    command: 'Its name.',
    outcome: '`complete`, also where it waits for a yes, `failed` or `interrupted`.',
    code: 'The code of the error it failed with; empty without one.',
  },
  measures: {
    duration: { unit: 'microseconds', keep: 'histogram', about: 'From the start of the process until its end.' },
    start: { unit: 'microseconds', keep: 'histogram', about: 'From the start of the process until the command began.' },
  },
});

/** A plugin that was loaded. */
export const pluginKind = defineKind({
  name: 'plugin',
  about: 'A plugin was imported, activated or deactivated, or could not be.',
  dimensions: {
    plugin: 'Its name.',
    phase: '`import`, `activation` or `deactivation`.',
    code: 'The code of the error it failed with; empty without one.',
  },
  measures: { duration: { unit: 'microseconds', keep: 'histogram', about: 'How long it took.' } },
});

/** Something went wrong, and those who asked were served without it. */
export const faultKind = defineKind({
  name: 'fault',
  about: 'Something went wrong that no caller has noticed: a store that failed, entries lost, a configuration refused.',
  dimensions: {
    part: 'Where: `cache`, `economy`, `configuration`, `plugins`, `telemetry`.',
    code: 'What: the code of the error, or what was being done.',
  },
  measures: { lost: { unit: 'count', keep: 'sum', about: 'Entries or events lost by it, where that is known.' } },
});
