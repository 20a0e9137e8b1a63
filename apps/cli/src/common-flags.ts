import type { FlagSpecs } from './command.ts';

/** Flags that every command has, unless it has one of that name itself. */
export const commonFlags = {
  quiet: { type: 'boolean', description: 'No notes, warnings and progress on standard error: errors alone' },
  debug: { type: 'boolean', description: 'Show the stack of an error' },
  help: { type: 'boolean', short: 'h', description: 'Show this help' },
} as const satisfies FlagSpecs;
