import { defineCommand } from '../command.ts';
import { inputFlags, runningFlags } from '../workflows/flags.ts';

export const apply = defineCommand({
  name: 'apply',
  summary: 'Carry out a plan, unless something has changed since',
  argument: '<plan.json>',
  description: `Runs the workflow of a plan that "hotpath plan -o" has written. Where the workflow, its inputs or a file that it touches is no
longer as it was, nothing is run, and what it is is listed. Inputs named like secrets stand in no plan: give them again.
Exit codes as those of "hotpath run".`,
  flags: { ...inputFlags, ...runningFlags },
  examples: [
    'hotpath apply plan.json',
    'hotpath apply plan.json --input apiKey="$API_KEY"',
    'hotpath apply plan.json --json',
  ],
  ownSignals: true,
  async run({ flags, positionals, signal }) {
    const { applyPlan } = await import('../workflows/apply-plan.ts');
    return applyPlan(positionals, flags, signal);
  },
});
