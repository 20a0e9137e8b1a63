import { BatchError, listed, quoted, reasonOf } from '../errors.ts';

export const fileMissing = (step: string, path: string): BatchError =>
  new BatchError('BATCH_FILE_MISSING', `The step "${step}" reads ${path}, which there is not. Check the path.`, {
    step,
    path,
  });

export const fileUnreadable = (step: string, path: string, cause: unknown): BatchError =>
  new BatchError(
    'BATCH_FILE_UNREADABLE',
    `The step "${step}" cannot read ${path} (${reasonOf(cause)}). Check what it is, and who may read it.`,
    { step, path, cause },
  );

export const editNotFound = (step: string, path: string, find: string): BatchError =>
  new BatchError(
    'BATCH_EDIT_NOT_FOUND',
    `${path} does not have the text ${quoted(find)} that the step "${step}" replaces. Copy it from the file.`,
    {
      step,
      path,
      field: 'find',
    },
  );

export const editAmbiguous = (step: string, path: string, find: string, lines: readonly number[]): BatchError =>
  new BatchError(
    'BATCH_EDIT_AMBIGUOUS',
    `${path} has the text ${quoted(find)} in ${lines.length} places (lines ${listed(lines.map(String), 5)}). Give more of the text around it, or set "all".`,
    { step, path, field: 'find' },
  );

export const fileNoText = (step: string, path: string): BatchError =>
  new BatchError(
    'BATCH_FILE_UNREADABLE',
    `The step "${step}" cannot edit ${path} as text: it is not UTF-8. Change it by a command or a function.`,
    { step, path },
  );

export const pathInvalid = (path: string, reason: string): BatchError =>
  new BatchError('BATCH_PATH_INVALID', `"${path}" cannot be changed: ${reason}. Name a path below the root.`, { path });

export const nameNotText = (path: string): BatchError =>
  new BatchError(
    'BATCH_PATH_INVALID',
    `${quoted(path)} cannot be changed: its name is not UTF-8. Give it one that is.`,
    {
      path,
    },
  );

export const changeMissing = (path: string, wanted: string): BatchError =>
  new BatchError('BATCH_FILE_MISSING', `${path} cannot be ${wanted}: it is not there. Correct its path.`, { path });

export const fileKind = (path: string, wanted: string): BatchError =>
  new BatchError('BATCH_FILE_KIND', `${path} ${wanted}. Remove it first, or name another path.`, { path });

export const fileChanged = (path: string): BatchError =>
  new BatchError(
    'BATCH_FILE_CHANGED',
    `Somebody else has changed ${path} while it was to be changed, and it is left as it is. Run the step again.`,
    { path, isRetryable: true },
  );

const remedies: Readonly<Record<string, string>> = {
  EACCES: 'Give this user the right to change it, and its folder',
  EPERM: 'Give this user the right to change it, and its folder',
  EROFS: 'Its file system can only be read: mount it for writing, or name another root',
  EMFILE: 'Raise the limit of open files (ulimit -n)',
};

export const fileFailed = (path: string, cause: unknown): BatchError => {
  const { code = '' } = cause as { code?: string };
  const remedy = remedies[code] ?? 'See to its disk, and run it again';
  return new BatchError('BATCH_FILE_FAILED', `${path} could not be changed: ${reasonOf(cause)}. ${remedy}.`, {
    path,
    cause,
  });
};

const fullDisks: Readonly<Record<string, string>> = {
  ENOSPC: 'There is no room left on the disk of',
  EDQUOT: 'The quota of this user is used up on the disk of',
};
const systemCode = (error: unknown): string => String((error as { readonly code?: unknown } | null)?.code);

export const isDiskFull = (error: unknown): boolean => Object.hasOwn(fullDisks, systemCode(error));

/** What was to be written where there was no room left for it. */
export interface Needed {
  readonly bytes: number;
  readonly paths: readonly string[];
}

/** `folder`: one that whoever reads it knows. `effect` says what stands now. */
export const diskFull = (folder: string, cause: unknown, effect: string, needed?: Needed): BatchError => {
  const code = systemCode(cause);
  const { bytes = 0, paths = [] } = needed ?? {};
  const wanted = bytes === 0 ? '' : `: ${bytes.toLocaleString('en-US')} bytes are to be written to ${listed(paths, 3)}`;
  return new BatchError(
    'BATCH_FILE_FAILED',
    `${fullDisks[code]} ${folder} (${code})${wanted}. Make room there, and run it again. ${effect}`,
    { path: paths.length === 1 ? paths[0] : folder, cause },
  );
};
