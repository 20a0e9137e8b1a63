import { existsSync, lstatSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { version } from '../version.ts';
import { type Check, failed, ok, warned } from './check.ts';

const least = [22, 18] as const;

/** Long-term releases have even numbers; below the least nothing runs at all. */
export const checkNode = (node: string = process.versions.node): Check => {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const isEnough = major > least[0] || (major === least[0] && minor >= least[1]);
  if (!isEnough)
    return failed(
      'NODE_VERSION',
      `Node ${node} is too old.`,
      `Install Node ${least.join('.')} or newer from https://nodejs.org.`,
    );
  if (major % 2 === 1) {
    return warned(
      'NODE_VERSION',
      `Node ${node} is a release that gets no long-term fixes.`,
      'Install an even-numbered release from https://nodejs.org.',
    );
  }
  return ok('NODE_VERSION', `Node ${node}.`);
};

const realOf = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
};

const names = process.platform === 'win32' ? ['hotpath.cmd', 'hotpath.ps1', 'hotpath.exe'] : ['hotpath'];

/** Where this program lies, and what a shell runs that is told `hotpath`. */
export const checkInstallation = (environment: NodeJS.ProcessEnv, entry: string): readonly Check[] => {
  const installed = ok('INSTALLATION', `hotpath ${version} at ${realOf(entry)}.`);
  const found = (environment.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder || '.', name)))
    .filter((path) => existsSync(path));
  const [first] = found;
  if (first === undefined) {
    return [
      installed,
      warned(
        'PATH',
        'the search path has no "hotpath".',
        'Install it with "npm install --global hotpath", or run it with npx.',
      ),
    ];
  }
  // What is no link is a script that some package manager has written, which may lead here.
  if (lstatSync(first).isSymbolicLink() && realOf(first) !== realOf(entry)) {
    return [
      installed,
      warned(
        'PATH',
        `a shell that is told "hotpath" runs another one: ${first}.`,
        'Remove the one you do not want, or put its folder later in PATH.',
      ),
    ];
  }
  return [installed, ok('PATH', `"hotpath" is ${first}.`)];
};
