import * as v from 'valibot';
import type { ResolvedContent } from './content-config.ts';
import { duration, flag, type Schema, section, setting, size, text } from './schema-kinds.ts';

/** Why a pattern cannot be used; undefined where it can. */
const patternProblem = (source: unknown): string | undefined => {
  if (typeof source !== 'string') return 'it is no text';
  try {
    return new RegExp(source, 'u').test('')
      ? 'it also matches where there is nothing, and would mark every place'
      : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

const pattern = setting(
  'a regular expression that matches at least a character',
  (value) => (patternProblem(value) === undefined ? (value as string) : undefined),
  (value) =>
    `It cannot be used: ${patternProblem(value)}. The flags are "gu"; in YAML, write it between single quotes.`,
);

const keep = setting(
  'a duration of at least a minute',
  (value) => {
    const result = v.safeParse(duration, value);
    return result.success && result.output >= 60_000 ? result.output : undefined;
  },
  'Write a number with a unit such as "24h" or "7d".',
);

export const contentSchema: Schema<Partial<ResolvedContent>> = section({
  enabled: flag,
  path: text('the path of a file'),
  keepMs: keep,
  maxBytes: size(1024 * 1024),
  redact: section({ keys: flag, emails: flag, cards: flag, patterns: v.pipe(v.array(pattern), v.readonly()) }),
});
