import { TelemetryError } from '../errors.ts';
import { redactCards } from './redact-cards.ts';
import { redactEmails } from './redact-emails.ts';
import { type Redact, redactKeys } from './redact-keys.ts';

/** What is taken out of a text before it is written down. */
export interface RedactOptions {
  /** What looks like a key, token or password of a known sort. @default true */
  readonly keys?: boolean | undefined;
  /** E-mail addresses. @default true */
  readonly emails?: boolean | undefined;
  /** Numbers of payment cards, by their check digit. @default true */
  readonly cards?: boolean | undefined;
  /**
   * Regular expressions for anything else, used with the flags `gu`. One that takes long for some text holds up the thread that
   * writes: repeat nothing that is repeated already. @default none
   */
  readonly patterns?: readonly string[] | undefined;
}

/** Says why an expression cannot be used; undefined where it can. */
const patternProblem = (source: string): string | undefined => {
  try {
    return new RegExp(source, 'u').test('')
      ? 'it also matches where there is nothing, and would mark every place'
      : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

/** Bytes of images and files that stand within a text. */
const inlineBytes = /\bdata:[\w/+.;=-]{0,160};base64,[\w+/=-]*/gi;
// They would cut a text short in the store, be taken for the marks of what was found, or steer a terminal.
const controls = /[^\P{Cc}\n\r\t]/gu;

/** Throws `TELEMETRY_QUERY_INVALID` for a pattern that cannot be used. */
export const createContentRedact = (options: RedactOptions = {}): Redact => {
  const { keys = true, emails = true, cards = true, patterns = [] } = options;
  const own = patterns.map((source) => {
    const problem = patternProblem(source);
    if (problem !== undefined)
      throw new TelemetryError('TELEMETRY_QUERY_INVALID', `The pattern ${source} cannot be used: ${problem}.`);
    return new RegExp(source, 'gu');
  });
  const steps: readonly Redact[] = [
    (text) => text.replace(controls, '').replace(inlineBytes, '[base64]'),
    ...(keys ? [redactKeys] : []),
    ...(emails ? [redactEmails] : []),
    ...(cards ? [redactCards] : []),
    ...own.map(
      (pattern): Redact =>
        (text) =>
          text.replace(pattern, '[redacted]'),
    ),
  ];
  return (text) => steps.reduce((rest, step) => step(rest), text);
};
