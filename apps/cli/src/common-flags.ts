import type { FlagSpec, FlagSpecs } from './command.ts';

/** Flags that every command has, unless it has one of that name itself. */
const commonFlags = {
  quiet: {
    type: 'boolean',
    short: 'q',
    description: 'No notes, warnings and progress on standard error: errors alone',
  },
  debug: { type: 'boolean', description: 'Show the stack of an error' },
  help: { type: 'boolean', short: 'h', description: 'Show this help' },
} as const satisfies FlagSpecs;

/** Those of the shared flags that a command has no flag of its own for; a short form that it uses itself stays its own. */
export const withoutOwn = (shared: FlagSpecs, own: FlagSpecs): FlagSpecs => {
  const taken = new Set(Object.values(own).map(({ short }) => short));
  const others = Object.entries(shared).filter(([name]) => !Object.hasOwn(own, name));
  return Object.fromEntries(
    others.map(([name, spec]): [string, FlagSpec] => {
      const { short, ...rest } = spec;
      return [name, short !== undefined && taken.has(short) ? rest : spec];
    }),
  );
};

/** All that a command takes: its own flags, then the common ones. */
export const allFlags = (own: FlagSpecs): FlagSpecs => ({ ...own, ...withoutOwn(commonFlags, own) });
