/** Stable codes of everything that `@hotpath/runtime` throws about a configuration. */
export type ConfigErrorCode = 'CONFIG_INVALID' | 'CONFIG_NOT_FOUND' | 'CONFIG_UNREADABLE' | 'CONFIG_ENV_MISSING';

/** One thing wrong in a configuration. */
export interface ConfigProblem {
  readonly code: 'CONFIG_INVALID' | 'CONFIG_ENV_MISSING';
  /** Where it is, such as `providers.openai.baseUrl`; empty for the configuration as a whole. */
  readonly path: string;
  /** What is wrong and what to do, without the path. Never contains a secret. */
  readonly message: string;
}

const brand = Symbol.for('hotpath.runtime.config-error');

/** Every failure to find, read or accept a configuration. Recognise it by `code` or by `ConfigError.isInstance`. */
export class ConfigError extends Error {
  override readonly name: string = 'ConfigError';
  readonly code: ConfigErrorCode;
  /** The file at fault; absent for a configuration given in code. */
  readonly file: string | undefined;
  /** All the problems found, in the order of the file. Empty where the file could not be read at all. */
  readonly problems: readonly ConfigProblem[];
  readonly [brand] = true;

  constructor(
    code: ConfigErrorCode,
    message: string,
    fields: {
      readonly file?: string | undefined;
      readonly problems?: readonly ConfigProblem[];
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.code = code;
    this.file = fields.file;
    this.problems = fields.problems ?? [];
  }

  static isInstance(error: unknown): error is ConfigError {
    return typeof error === 'object' && error !== null && brand in error;
  }
}

/** All problems of one configuration at once. The code is `CONFIG_ENV_MISSING` only when nothing else is wrong. */
export const configInvalid = (problems: readonly ConfigProblem[], file: string | undefined): ConfigError => {
  const code = problems.every((problem) => problem.code === 'CONFIG_ENV_MISSING')
    ? 'CONFIG_ENV_MISSING'
    : 'CONFIG_INVALID';
  const lines = problems.map(({ path, message }) => `  ${path === '' ? '' : `${path}: `}${message}`);
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return new ConfigError(code, `${file ?? 'The configuration'} has ${count}:\n${lines.join('\n')}`, { file, problems });
};

export const configNotFound = (file: string, askedBy: string): ConfigError =>
  new ConfigError(
    'CONFIG_NOT_FOUND',
    `There is no configuration file ${file}, named by ${askedBy}. Correct the path.`,
    {
      file,
    },
  );

export const configAmbiguous = (files: readonly string[]): ConfigError =>
  new ConfigError(
    'CONFIG_INVALID',
    `Two configuration files stand side by side: ${files.join(' and ')}. Remove all but one, or name one with --config.`,
    { file: files[0] },
  );

export const configUnreadable = (file: string, reason: string, cause?: unknown): ConfigError =>
  new ConfigError('CONFIG_UNREADABLE', `${file} cannot be read: ${reason}`, { file, cause });

/** The file that a running server has its configuration from. */
export const configGone = (file: string): ConfigError =>
  new ConfigError('CONFIG_NOT_FOUND', `${file} is gone. Put it back, or start again without it.`, { file });

/** To a running server nothing at all is half of a write rather than a wish for the defaults. */
export const configEmpty = (file: string): ConfigError =>
  new ConfigError('CONFIG_UNREADABLE', `${file} is empty. Write it whole; for the defaults alone, start again.`, {
    file,
  });
