import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { ownValue } from '../own-value.ts';
import { type Check, ok, warned } from './check.ts';

interface Shell {
  /** Files that may load the completions, by their ends below the home folder. */
  readonly files: readonly string[];
  readonly install: string;
}

const shells: Readonly<Record<string, Shell>> = {
  bash: {
    files: ['.bashrc', '.bash_profile', '.profile', '.local/share/bash-completion/completions/hotpath'],
    install: `echo 'eval "$(hotpath completions bash)"' >> ~/.bashrc`,
  },
  zsh: { files: ['.zshrc', '.zshenv', '.zprofile'], install: `echo 'eval "$(hotpath completions zsh)"' >> ~/.zshrc` },
  fish: {
    files: ['.config/fish/completions/hotpath.fish', '.config/fish/config.fish'],
    install: 'hotpath completions fish > ~/.config/fish/completions/hotpath.fish',
  },
};

const mentions = (file: string): boolean => {
  try {
    return existsSync(file) && readFileSync(file, 'utf8').includes('hotpath');
  } catch {
    return false;
  }
};

/** Whether the user's shell completes our commands; undefined for a shell that we have no completions for. */
export const checkCompletions = (environment: NodeJS.ProcessEnv, home: string = homedir()): Check | undefined => {
  const name = basename(environment.SHELL ?? '');
  const shell = ownValue(shells, name);
  if (shell === undefined) return undefined;
  const file = shell.files.map((path) => join(home, path)).find(mentions);
  if (file !== undefined) return ok('COMPLETIONS', `${name} completes hotpath by ${file}.`);
  return warned('COMPLETIONS', `${name} does not complete hotpath.`, shell.install);
};
