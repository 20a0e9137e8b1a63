import { usageError } from '../errors.ts';

/** The one plugin that a command is called with. */
export const readName = (positionals: readonly string[], command: string): string => {
  const [name] = positionals;
  if (name === undefined || positionals.length > 1) throw usageError('Name one plugin.', command);
  return name;
};
