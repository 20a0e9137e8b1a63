/** Stable codes of everything that the key store throws. */
export type KeyErrorCode =
  | 'KEYS_FILE_UNUSABLE'
  | 'KEYS_FILE_BUSY'
  | 'KEYS_SETTINGS_INVALID'
  | 'KEYS_NAME_TAKEN'
  | 'KEYS_UNKNOWN'
  | 'KEYS_ADMIN_KEY_INVALID'
  | 'KEYS_ADMIN_KEY_UNAVAILABLE'
  | 'KEYS_REQUIRED';

const brand = Symbol.for('hotpath.server.key-error');

/** Every failure of the key store. Recognise it by `code` or by `KeyError.isInstance`. No message holds a secret. */
export class KeyError extends Error {
  override readonly name: string = 'KeyError';
  readonly code: KeyErrorCode;
  /** The setting at fault, such as `budgets[0].usd`. */
  readonly param: string | undefined;
  readonly [brand] = true;

  constructor(
    code: KeyErrorCode,
    message: string,
    fields: { readonly param?: string | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.code = code;
    this.param = fields.param;
  }

  static isInstance(error: unknown): error is KeyError {
    return typeof error === 'object' && error !== null && brand in error;
  }
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

export const fileUnusable = (path: string, cause: unknown): KeyError =>
  new KeyError(
    'KEYS_FILE_UNUSABLE',
    `The key file ${path} cannot be used (${reasonOf(cause)}). Correct its permissions, restore it from a backup, or move it away to begin without keys.`,
    { cause },
  );

export const fileBusy = (path: string, cause: unknown): KeyError =>
  new KeyError('KEYS_FILE_BUSY', `Another process is writing to the key file ${path}. Try again.`, { cause });

export const sqliteMissing = (path: string): KeyError =>
  new KeyError(
    'KEYS_FILE_UNUSABLE',
    `The key file ${path} needs node:sqlite, which this Node does not have. Use Node 22.18 or newer.`,
  );

export const settingInvalid = (param: string, problem: string): KeyError =>
  new KeyError('KEYS_SETTINGS_INVALID', `${param === '' ? 'A key' : `"${param}"`} ${problem}`, { param });

export const nameTaken = (name: string): KeyError =>
  new KeyError('KEYS_NAME_TAKEN', `There is a key called "${name}" already. Choose another name, or update that key.`, {
    param: 'name',
  });

export const noSuchKey = (asked: string): KeyError =>
  // Somebody may have given the secret in place of the name.
  new KeyError(
    'KEYS_UNKNOWN',
    asked.startsWith('hp-')
      ? 'No key has a secret for its name or id. Name the key instead: "hotpath keys list" shows those there are.'
      : `There is no key with the name or id "${asked.slice(0, 100)}". "hotpath keys list" shows those there are.`,
  );

export const adminKeyInvalid = (problem: string): KeyError => new KeyError('KEYS_ADMIN_KEY_INVALID', problem);

export const adminKeyUnavailable = (path: string, variable: string, cause: unknown): KeyError =>
  new KeyError(
    'KEYS_ADMIN_KEY_UNAVAILABLE',
    `The admin key file ${path} can be neither read nor made (${reasonOf(cause)}). Correct the permissions, or set ${variable}.`,
    { cause },
  );

export const keysRequired = (host: string): KeyError =>
  new KeyError(
    'KEYS_REQUIRED',
    `Listening on ${host} without keys would let everybody who reaches this machine use your providers' keys. Make one with "hotpath keys create <name>", listen on 127.0.0.1, or allow it with --allow-anonymous (option "allowAnonymous").`,
  );
