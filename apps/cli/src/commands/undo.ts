import { configFlag, defineCommand } from '../command.ts';
import { rootFlag } from '../workflows/flags.ts';

export const undo = defineCommand({
  name: 'undo',
  summary: 'Take back all that a finished run has changed',
  argument: '[run]',
  description: `Shows what would be taken back, and asks. Files come back as they were, with modes and times; where something was changed
since, nothing is touched, and what it is is listed. Without an id the last finished run of the folder is meant. Exit codes:
0 undone, 1 not, 2 wrong usage.`,
  flags: {
    'dry-run': { type: 'boolean', description: 'Show what would be taken back, and change nothing' },
    yes: { type: 'boolean', short: 'y', description: 'Do not ask' },
    root: rootFlag,
    json: { type: 'boolean', description: 'Print one JSON object' },
    config: configFlag,
  },
  examples: ['hotpath undo', 'hotpath undo --dry-run', 'hotpath undo 1f0c2a9b --yes'],
  async run({ flags, positionals, signal }) {
    const { undoRun } = await import('../workflows/undo-run.ts');
    return undoRun(positionals, flags, signal);
  },
});
