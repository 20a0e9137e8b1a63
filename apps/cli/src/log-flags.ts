import type { LogFormat, LogLevel } from '@hotpath/server';
import { usageError } from './errors.ts';

/** What is told of requests and faults, and how. */
export const logFlags = {
  'log-level': {
    type: 'string',
    value: 'debug|info|warn|error|silent',
    description: 'What is told: info has a line for each request, warn faults alone (default: warn)',
  },
  'log-format': {
    type: 'string',
    value: 'pretty|json',
    description: 'Of what is told on standard error (default: pretty on a terminal, else json)',
  },
} as const;

interface LogChoice {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly isColoured: boolean;
}

const oneOf = <Choice extends string>(flag: string, given: string, choices: readonly Choice[]): Choice => {
  const found = choices.find((choice) => choice === given);
  if (found === undefined) throw usageError(`--${flag} must be one of ${choices.join(', ')}, not "${given}".`, 'serve');
  return found;
};

/** Throws a usage error for a level or a format that there is not. */
export const chooseLog = (
  flags: { readonly 'log-level': string | undefined; readonly 'log-format': string | undefined },
  known: { readonly logLevels: readonly LogLevel[]; readonly logFormats: readonly LogFormat[] },
): LogChoice => {
  const isTerminal = process.stderr.isTTY === true;
  const format = oneOf('log-format', flags['log-format'] ?? (isTerminal ? 'pretty' : 'json'), known.logFormats);
  return {
    level: oneOf('log-level', flags['log-level'] ?? 'warn', known.logLevels),
    format,
    isColoured: isTerminal && process.stderr.hasColors(),
  };
};
