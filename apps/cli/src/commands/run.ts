import { defineCommand } from '../command.ts';
import { inputFlags, rootFlag, runningFlags, wholeFlags } from '../workflows/flags.ts';

export const run = defineCommand({
  name: 'run',
  summary: 'Run a workflow, all or nothing',
  argument: '<workflow>',
  description: `Runs the steps of a workflow (.yaml, .json, .ts) in parallel over the files of a folder. Where one fails, everything is
taken back, also after a crash: the next run does it first. The output of the last steps goes to standard output. Ctrl-C once
ends what runs and puts things in order, twice stops at once. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 waits for a
yes, 130 interrupted.`,
  flags: {
    ...inputFlags,
    root: rootFlag,
    ...wholeFlags,
    'dry-run': { type: 'boolean', description: 'Show the plan, and run nothing' },
    ...runningFlags,
  },
  examples: [
    'hotpath run release-notes.yaml',
    'hotpath run rename.yaml --input from=oldName --input to=newName --root ../project',
    'hotpath run review.yaml --recovery keep-successful --concurrency 8 --max-cost 2',
    'hotpath run deploy.yaml --approve publish',
    'hotpath run nightly.yaml --json | jq -c \'select(.type == "step-end")\'',
    'hotpath run nightly.yaml --dry-run',
  ],
  ownSignals: true,
  async run({ flags, positionals, signal }) {
    const { runWorkflow } = await import('../workflows/run-workflow.ts');
    return runWorkflow(positionals, flags, signal);
  },
});
