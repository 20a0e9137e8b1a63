import { BatchError, reasonOf } from '../errors.ts';

const meantInstead = (meant: string | undefined): string =>
  meant === undefined ? 'Look at the file for what is there' : `Did you mean "${meant}"?`;

export const pointerInvalid = (path: string, pointer: string): BatchError =>
  new BatchError(
    'BATCH_JSON_POINTER',
    pointer === ''
      ? `The whole of ${path} cannot be removed. Set it ("") to another value, or delete the file.`
      : `"${pointer}" is no JSON Pointer. Did you mean "/${pointer.replace(/^#?\/?/, '').replaceAll('.', '/')}"?`,
    { path, field: pointer },
  );

export const pointerEscape = (path: string, pointer: string): BatchError =>
  new BatchError(
    'BATCH_JSON_POINTER',
    `"${pointer}" is no JSON Pointer: "~" stands as "~0" in it, and "/" within a key as "~1". Did you mean "${pointer.replaceAll(/~(?![01])/g, '~0')}"?`,
    { path, field: pointer },
  );

export const pointerMissing = (path: string, pointer: string, why: string, meant?: string): BatchError =>
  new BatchError('BATCH_JSON_POINTER', `${path} has no place "${pointer}": ${why}. ${meantInstead(meant)}`, {
    path,
    field: pointer,
  });

export const jsonInvalid = (
  path: string,
  { line, column, reason }: { readonly line: number; readonly column: number; readonly reason: string },
  cause: unknown,
): BatchError =>
  new BatchError(
    'BATCH_JSON_INVALID',
    `${path} is no JSON at line ${line}, column ${column}: ${reason}. Mend the file.`,
    {
      path,
      cause,
    },
  );

export const textInvalid = (path: string, cause: unknown): BatchError =>
  new BatchError('BATCH_JSON_INVALID', `${path} is no JSON: it is not UTF-8. Save it as UTF-8.`, { path, cause });

export const documentMissing = (path: string): BatchError =>
  new BatchError(
    'BATCH_FILE_MISSING',
    `There is no file ${path} to change. Check the path, or set the whole of it ("") to make one.`,
    { path },
  );

export const documentOutside = (path: string): BatchError =>
  new BatchError('BATCH_DOCUMENT_OUTSIDE', `${path} is not below the root. Name a file within it.`, { path });

export const documentChanged = (path: string): BatchError =>
  new BatchError(
    'BATCH_DOCUMENT_CHANGED',
    `${path} was changed by someone else since the run has read it, and was left alone. Put it back as it was, or run again.`,
    { path },
  );

export const valueNoJson = (path: string, pointer: string, cause: unknown): BatchError =>
  new BatchError(
    'BATCH_FIELD_INVALID',
    `The value for "${pointer}" of ${path} is no JSON (${reasonOf(cause)}). Give it another.`,
    { path, field: pointer, cause },
  );

export const documentUnreadable = (path: string, cause: unknown): BatchError =>
  new BatchError(
    'BATCH_FILE_UNREADABLE',
    `${path} cannot be read (${reasonOf(cause)}). Check what it is, and who may read it.`,
    { path, cause },
  );

export const documentsUnknown = (step: string, path: string): BatchError =>
  new BatchError(
    'BATCH_WORKSPACE_UNKNOWN',
    `The step "${step}" changes ${path}, and there is no workspace of documents here. Hand it in under documents.`,
    { step, path },
  );
