import { configFlag, defineCommand } from '../command.ts';
import { concurrencyFlag, inputFlags, rootFlag } from '../workflows/flags.ts';

export const plan = defineCommand({
  name: 'plan',
  summary: 'Show what a workflow would do, before it runs',
  argument: '<workflow>',
  description: `Order, groups, critical path, time and cost, the files it touches, and all that would fail, before anything runs. A plan in a
file can be applied later, and is refused then where something has changed. --fix mends what can be mended safely in the
workflow file, after showing how. Exit codes: 0 it can run, 1 it would fail, 2 wrong usage.`,
  flags: {
    ...inputFlags,
    format: {
      type: 'string',
      short: 'f',
      value: 'text|json|mermaid|dot',
      description: 'Of the plan (default: text)',
    },
    output: {
      type: 'string',
      short: 'o',
      value: 'plan.json',
      description: 'Write the plan there, for "hotpath apply"',
    },
    fix: { type: 'boolean', description: 'Show the safe fixes as a diff, and apply them after a yes' },
    yes: { type: 'boolean', short: 'y', description: 'Apply the fixes without asking' },
    concurrency: concurrencyFlag,
    root: rootFlag,
    json: { type: 'boolean', description: 'The same as --format json' },
    config: configFlag,
  },
  examples: [
    'hotpath plan release-notes.yaml',
    'hotpath plan deploy.yaml --input version=1.2.0 -o plan.json && hotpath apply plan.json',
    'hotpath plan deploy.yaml --fix',
    'hotpath plan deploy.yaml --format mermaid',
  ],
  async run({ flags, positionals, signal }) {
    const { planWorkflow } = await import('../workflows/plan-workflow.ts');
    return planWorkflow(positionals, flags, signal);
  },
});
