import type { RouterError } from '@hotpath/runtime';
import { CliError, describeError, type ErrorDescription, isFullDisk } from './errors.ts';
import { ownValue } from './own-value.ts';

export interface StepOptions {
  /** Whether the command can name models to ask in place of the first. @default false */
  readonly hasFallback?: boolean;
}

/** A provider's own refusal comes in its words, which say what is wrong and seldom what to do. */
const afterRefusal = (error: Partial<RouterError>, { hasFallback = false }: StepOptions): string => {
  const { status = 0, provider, retryAfterMs = Number.NaN, message = '' } = error;
  const test = `hotpath providers test${provider === undefined ? '' : ` ${provider}`}`;
  const others = hasFallback ? 'or name other models to ask with --fallback' : 'or ask another model';
  const told = [error.type, error.reason, message].join(' ');
  if (status < 500 && /content[\s_-]?(?:filter|policy|management)|moderation|safety/i.test(told)) {
    return 'A filter of the provider stands behind this: put the question in other words, or ask another model with --model.';
  }
  if (status === 401 || status === 403) return `Correct its key, or what the key may do: "${test}" says which it is.`;
  if (status === 402 || /quota|billing|credit/i.test(told)) {
    return `Look at the balance and the limits in the console of ${provider ?? 'its provider'}, ${others}.`;
  }
  if (status === 404) return `"hotpath models" lists the models there are, and "${test}" checks the address.`;
  if (status === 413) return 'Ask with less.';
  if (status === 429) {
    const wait = Number.isFinite(retryAfterMs) ? `Wait ${Math.ceil(retryAfterMs / 1_000)} s` : 'Wait a moment';
    return `${wait} and ask again, ${others}.`;
  }
  if (status >= 500) return `Try again later, ${others}. "${test}" looks whether it is up.`;
  return 'Correct what it names, or ask another model with --model.';
};

const afterSystemError: Readonly<Record<string, string>> = {
  ENOSPC: 'Make room on the disk, and run it again.',
  EDQUOT: 'Make room within your quota, and run it again.',
  EROFS: 'It cannot be written to: name another place, or set HOTPATH_HOME to a folder of yours.',
  EACCES: 'Give yourself the right to it, or name another. "hotpath doctor" checks the folders.',
  EPERM: 'Give yourself the right to it, or name another. "hotpath doctor" checks the folders.',
  ENOENT: 'Check the path.',
  EISDIR: 'Name a file: this is a folder.',
  ENOTDIR: 'Check the path: a part of it is no folder.',
  EMFILE: 'Too many files are open: raise the limit (ulimit -n), and run it again.',
  EIO: 'Check the disk.',
  ECONNREFUSED: 'Nothing listens there: check the address, or start it.',
  ENOTFOUND: 'Check the name of the host, and the network.',
};

const seeWhere = '"hotpath doctor" checks the set-up, and --debug shows where it happened.';

/** What to do about a failure that does not say so itself; undefined where it does. */
export const nextStepOf = (error: unknown, options: StepOptions = {}): string | undefined => {
  if (error instanceof CliError) return undefined;
  if (isFullDisk(error)) return afterSystemError.ENOSPC;
  const { code } = describeError(error);
  if (code === 'ROUTER_UPSTREAM_STATUS') return afterRefusal(error as RouterError, options);
  if (code === 'ROUTER_ALL_FAILED') return '"hotpath providers test" says what is wrong with each.';
  if (code === 'UNKNOWN' || /^ERR_/.test(code)) return seeWhere;
  return ownValue(afterSystemError, code) ?? (/^E[A-Z]+$/.test(code) ? seeWhere : undefined);
};

/** A failure as it is told at last: with what to do about it. */
export const explainError = (error: unknown, options: StepOptions = {}): ErrorDescription => {
  const { code, message } = describeError(error);
  const step = nextStepOf(error, options);
  if (step === undefined) return { code, message };
  return { code, message: `${message}${/[.!?:]$/.test(message) ? '' : '.'} ${step}` };
};
