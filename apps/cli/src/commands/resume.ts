import { defineCommand } from '../command.ts';
import { rootFlag, runningFlags } from '../workflows/flags.ts';

export const resume = defineCommand({
  name: 'resume',
  summary: 'Go on with a run that was stopped, or waits for a yes',
  argument: '[run]',
  description: `Goes on where a run was stopped by a crash, a failure that kept what had succeeded, or a step that wants a yes: what has
succeeded is not done again. Without an id the last such run of the folder is meant. Exit codes as those of "hotpath run".`,
  flags: {
    functions: {
      type: 'string',
      value: 'workflow.ts',
      description: 'The module of the run, where steps of it call functions that stand in it',
    },
    root: rootFlag,
    ...runningFlags,
  },
  examples: ['hotpath resume', 'hotpath resume 1f0c2a9b --approve publish', 'hotpath resume --yes'],
  ownSignals: true,
  async run({ flags, positionals, signal }) {
    const { resumeRun } = await import('../workflows/resume-run.ts');
    return resumeRun(positionals, flags, signal);
  },
});
