import * as v from 'valibot';
import { nearest } from './nearest.ts';
import { parseDuration, parseNumber, parseSize } from './quantity.ts';

export type Schema<Output> = v.GenericSchema<unknown, Output>;

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A single setting. `expected` ends the sentence "expected …"; `fix`, sentences of their own, says what to write. */
export const setting = <Output>(
  expected: string,
  parse: (value: unknown) => Output | undefined,
  fix?: string | ((value: unknown) => string),
): Schema<Output> =>
  v.pipe(
    v.unknown(),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const parsed = parse(dataset.value);
      if (parsed !== undefined) return parsed;
      const message = typeof fix === 'function' ? fix(dataset.value) : fix;
      addIssue({ expected, ...(message !== undefined && { message }) });
      return NEVER;
    }),
  );

/** A group of settings, all optional. Each unknown key is a problem of its own; `null`, an empty YAML section, is absence. */
export const section = <Entries extends Record<string, v.GenericSchema>>(
  entries: Entries,
): Schema<{ readonly [Key in keyof Entries]?: v.InferOutput<Entries[Key]> }> => {
  const known = Object.keys(entries);
  const optional = Object.fromEntries(known.map((key) => [key, v.nullish(entries[key] ?? v.unknown())]));
  return v.pipe(
    v.custom<Record<string, unknown>>(isRecord),
    v.looseObject(optional),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!isRecord(dataset.value)) return;
      for (const key of Object.keys(dataset.value)) {
        if (known.includes(key)) continue;
        const meant = nearest(key, known);
        addIssue({
          expected: 'known key',
          message: meant === undefined ? `The keys here are ${known.join(', ')}.` : `Did you mean "${meant}"?`,
          path: [{ type: 'object', origin: 'key', input: dataset.value, key, value: dataset.value[key] }],
        });
      }
    }),
    v.transform((values) => {
      const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
      return Object.fromEntries(given) as { readonly [Key in keyof Entries]?: v.InferOutput<Entries[Key]> };
    }),
  );
};

export const table = <Value>(key: Schema<string>, value: Schema<Value>): Schema<Record<string, Value>> =>
  v.pipe(v.custom<Record<string, unknown>>(isRecord), v.record(key as v.GenericSchema<string, string>, value));

export const text = (what: string): Schema<string> =>
  setting(what, (value) => (typeof value === 'string' && value.trim() !== '' ? value : undefined));

export const oneOf = <const Choice extends string>(choices: readonly Choice[]): Schema<Choice> =>
  setting(`one of ${choices.map((choice) => `"${choice}"`).join(', ')}`, (value) =>
    choices.find((choice) => choice === value),
  );

export const flag: Schema<boolean> = setting('true or false', (value) =>
  value === true || value === 'true' ? true : value === false || value === 'false' ? false : undefined,
);

export const duration: Schema<number> = setting(
  'a duration',
  parseDuration,
  'Write milliseconds, or a number with a unit such as "250ms", "90s", "15m" or "24h".',
);

export const size = (least: number): Schema<number> =>
  setting(
    least === 0 ? 'a size' : `a size of at least ${least} bytes`,
    (value) => {
      const bytes = parseSize(value);
      return bytes !== undefined && bytes >= least ? bytes : undefined;
    },
    'Write bytes, or a number with a unit such as "512KB", "64MB" or "1GB".',
  );

export const numberBetween = (least: number, most: number, integer: boolean): Schema<number> =>
  setting(`a ${integer ? 'whole ' : ''}number from ${least} to ${most}`, (value) => {
    const number = parseNumber(value);
    return number !== undefined && number >= least && number <= most && (!integer || Number.isInteger(number))
      ? number
      : undefined;
  });

export const url: Schema<string> = setting(
  'an http or https address',
  (value) =>
    typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) ? value : undefined,
  'Write it in full, like "https://api.example.com/v1".',
);

/** A section in which some settings must be there, or must fit one another. `check` returns the key at fault and why. */
export const checkedSection = <Output>(
  entries: Record<string, v.GenericSchema>,
  check: (
    values: Readonly<Record<string, unknown>>,
  ) => { readonly key: string; readonly expected: string; readonly fix: string } | undefined,
): Schema<Output> =>
  v.pipe(
    section(entries),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const values: Readonly<Record<string, unknown>> = dataset.value;
      const problem = check(values);
      if (problem === undefined) return;
      const { key, expected, fix } = problem;
      const input = values[key];
      const path = { type: 'object', origin: 'value', input: values, key, value: input } as const;
      addIssue({ input, expected, message: fix, path: [path] });
    }),
  ) as unknown as Schema<Output>;
