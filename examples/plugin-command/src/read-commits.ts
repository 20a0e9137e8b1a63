import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const mostCommits = 300;

/** Errors of git are its own words: "fatal: not a git repository …". */
const git = async (args: readonly string[], signal: AbortSignal): Promise<string> => {
  try {
    const { stdout } = await promisify(execFile)('git', args, { signal, maxBuffer: 16 * 1024 * 1024 });
    return stdout.trim();
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new Error(stderr?.trim() || message, { cause: error });
  }
};

export interface Commits {
  /** What they are counted from, in words. */
  readonly since: string;
  /** Messages, newest first, without merges. */
  readonly commits: readonly string[];
}

/** The commits after `since`; without it, after the last tag, and where there is none, all. Rejects with what git says. */
export const readCommits = async (since: string | undefined, signal: AbortSignal): Promise<Commits> => {
  const from = since ?? (await git(['describe', '--tags', '--abbrev=0'], signal).catch(() => undefined));
  // After `--end-of-options` nothing is an option of git, whatever it looks like.
  const range = ['--end-of-options', from === undefined ? 'HEAD' : `${from}..HEAD`];
  const log = await git(['log', '--no-merges', `--max-count=${mostCommits}`, '--format=%B%x00', ...range], signal);
  const commits = log.split('\0').map((message) => message.trim());
  return { since: from ?? 'the beginning', commits: commits.filter((message) => message !== '') };
};
