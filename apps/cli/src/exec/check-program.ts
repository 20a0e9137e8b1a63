import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { programNotExecutable, programNotFound } from '../errors.ts';

const statusOf = (path: string): Stats | undefined => {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
};

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** As a shell looks for it: a name with a slash is a path, another is one of the search path's, best an executable one. */
const findFile = (program: string, { PATH = '/usr/bin:/bin' }: NodeJS.ProcessEnv): string | undefined => {
  if (program.includes('/')) return statusOf(program) && program;
  const files = PATH.split(delimiter)
    .map((folder) => join(folder || '.', program))
    .filter((path) => statusOf(path)?.isFile() === true);
  return files.find(isExecutable) ?? files[0];
};

/**
 * Throws what a shell would say of a program that cannot be run, and what to do: `CLI_PROGRAM_NOT_FOUND` (127) or
 * `CLI_PROGRAM_NOT_EXECUTABLE` (126).
 */
export const checkProgram = (program: string, environment: NodeJS.ProcessEnv): void => {
  // Windows completes names in ways of its own.
  if (process.platform === 'win32') return;
  const file = findFile(program, environment);
  if (file === undefined) {
    const advice = program.includes('/') ? 'Correct its path.' : 'Install it, or give its path.';
    throw programNotFound(program, `command not found. ${advice}`);
  }
  if (statusOf(file)?.isDirectory()) throw programNotExecutable(program, 'is a folder, not a program.');
  if (!isExecutable(file)) throw programNotExecutable(program, `is not executable. Run: chmod +x ${file}`);
};
