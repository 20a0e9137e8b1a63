/** Codes of what the command line itself reports. */
export type CliErrorCode =
  | 'CLI_USAGE'
  | 'CLI_MODEL_MISSING'
  | 'CLI_NO_MODELS'
  | 'CLI_PORT_TAKEN'
  | 'CLI_ADDRESS_UNUSABLE'
  | 'CLI_UNFINISHED';

/** A failure with its own words for the user; `exitCode` 2 is wrong usage, 1 anything else. */
export class CliError extends Error {
  override readonly name: string = 'CliError';
  readonly code: CliErrorCode;
  readonly exitCode: 1 | 2;

  constructor(code: CliErrorCode, message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.code = code;
    this.exitCode = exitCode;
  }
}

/** Wrong usage. `command` is the one whose help tells more. */
export const usageError = (message: string, command?: string): CliError =>
  new CliError(
    'CLI_USAGE',
    `${message}\nRun "hotpath ${command === undefined ? '' : `${command} `}--help" for usage.`,
    2,
  );

/** For a command that waits for what can never come. */
export const unfinished = (): CliError =>
  new CliError(
    'CLI_UNFINISHED',
    'the command could not finish: something it waits for never comes. Look for a promise that nothing settles, in a configuration file of TypeScript first.',
  );

/** What a machine may know of any failure. */
export const describeError = (error: unknown): { readonly code: string; readonly message: string } => {
  if (!(error instanceof Error)) return { code: 'UNKNOWN', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
  return { code, message: error.message };
};
