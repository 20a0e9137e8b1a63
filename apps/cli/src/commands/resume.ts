import { defineCommand } from '../command.ts';
import { rootFlag, runningFlags, wholeFlags } from '../workflows/flags.ts';

const inputsStay =
  'a run goes on with the inputs that it began with. For others, take it back with "hotpath undo", and run the workflow anew.';

export const resume = defineCommand({
  name: 'resume',
  summary: 'Go on with a run that was stopped, or waits for a yes',
  argument: '[run]',
  description: `Goes on where a run was stopped by a crash, a failure that kept what had succeeded, or a step that wants a yes: what has
succeeded is not done again. Without an id the last such run of the folder is meant. It goes by the workflow as it was when the
run began, and says where the file has changed since; --workflow goes on by the file as it is now, as long as what had succeeded is
the same in it. Inputs are those that the run began with. Exit codes as those of "hotpath run".`,
  flags: {
    workflow: {
      type: 'string',
      short: 'w',
      value: 'file',
      description: 'Go on by this workflow, in which what had succeeded must be the same (default: as it was)',
    },
    functions: {
      type: 'string',
      value: 'workflow.ts',
      description: 'The module whose functions steps call (default: the one that the run began with)',
    },
    root: rootFlag,
    ...wholeFlags,
    ...runningFlags,
  },
  refusals: { input: inputsStay, i: inputsStay, inputs: inputsStay },
  examples: [
    'hotpath resume',
    'hotpath resume 1f0c2a9b --approve publish',
    'hotpath resume 1f0c2a9b --workflow release.yaml',
    'hotpath resume --max-cost 5',
  ],
  ownSignals: true,
  async run({ flags, positionals, signal }) {
    const { resumeRun } = await import('../workflows/resume-run.ts');
    return resumeRun(positionals, flags, signal);
  },
});
