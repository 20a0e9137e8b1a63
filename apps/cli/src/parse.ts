import type { Command, FlagSpec, ParsedFlags } from './command.ts';
import { allFlags } from './common-flags.ts';
import { usageError } from './errors.ts';
import { nearest } from './nearest.ts';
import { parseArgs } from './node-util.ts';
import { ownValue } from './own-value.ts';

export interface ParsedArguments {
  readonly flags: ParsedFlags;
  readonly positionals: readonly string[];
  readonly help: boolean;
}

const readNumber = (text: string, name: string, flag: FlagSpec, command: string): number => {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  const [least, most] = flag.between ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const fits = number >= least && number <= most && (flag.integer !== true || Number.isInteger(number));
  if (fits) return number;
  const kind = flag.integer === true ? 'a whole number' : 'a number';
  const range = most === Number.POSITIVE_INFINITY ? `of at least ${least}` : `from ${least} to ${most}`;
  throw usageError(`--${name} needs ${kind} ${range}, not "${text}".`, command);
};

/** Where the command line begins that is not ours, and whether `--` marks it. */
const startOfPassed = (
  tokens: readonly { readonly kind: string; readonly index: number }[],
): { readonly at: number; readonly isMarked: boolean } | undefined => {
  const first = tokens.find(({ kind }) => kind === 'positional' || kind === 'option-terminator');
  return first && { at: first.index, isMarked: first.kind === 'option-terminator' };
};

/** Whether help is asked for, however much else is. What follows `--` is no option. */
export const asksForHelp = (args: readonly string[]): boolean => {
  const end = args.indexOf('--');
  return args.slice(0, end === -1 ? args.length : end).some((arg) => arg === '--help' || arg === '-h');
};

/** Reads a command's arguments by its declared flags. Throws a usage error with the nearest match for an unknown flag. */
export const parseArguments = (command: Command, args: readonly string[]): ParsedArguments => {
  const { name: commandName, argument } = command;
  const specs = allFlags(command.flags);
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { type, short }]) => [
      name,
      { type: type === 'boolean' ? ('boolean' as const) : ('string' as const), ...(short !== undefined && { short }) },
    ]),
  );
  // Not strict: its errors name no alternatives, and a value such as -1 would be refused.
  const parse = (given: readonly string[]) =>
    parseArgs({ args: [...given], options, strict: false, tokens: true } as const);
  const start = command.passesThrough === true ? startOfPassed(parse(args).tokens) : undefined;
  const own = args.slice(0, start?.at);
  const { tokens, positionals: ownPositionals } = parse(own);
  const positionals = start === undefined ? ownPositionals : args.slice(start.at + (start.isMarked ? 1 : 0));
  const lists = new Map<string, string[]>();
  const absent = (name: string, { type }: FlagSpec): false | readonly string[] | undefined => {
    if (type !== 'strings') return type === 'boolean' ? false : undefined;
    const list: string[] = [];
    lists.set(name, list);
    return list;
  };
  const flags: Record<string, ParsedFlags[string]> = Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [name, absent(name, spec)]),
  );
  if (asksForHelp(own)) return { flags, positionals, help: true };
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    const spec = ownValue(specs, name);
    if (spec === undefined) {
      const refusal = ownValue(command.refusals ?? {}, name);
      if (refusal !== undefined) throw usageError(`${rawName} cannot be given here: ${refusal}`, commandName);
      const meant = rawName.startsWith('--') ? nearest(name, Object.keys(specs)) : undefined;
      throw usageError(
        `There is no option ${rawName}.${meant === undefined ? '' : ` Did you mean --${meant}?`}`,
        commandName,
      );
    }
    if (spec.type === 'boolean') {
      if (value !== undefined) throw usageError(`${rawName} takes no value.`, commandName);
      flags[name] = true;
      continue;
    }
    if (value === undefined || value === '') throw usageError(`${rawName} needs a value.`, commandName);
    if (!inlineValue && value !== '-' && value.startsWith('-') && Number.isNaN(Number(value))) {
      throw usageError(`${rawName} needs a value; if "${value}" is one, write --${name}=${value}.`, commandName);
    }
    const list = lists.get(name);
    if (list !== undefined) list.push(value);
    else flags[name] = spec.type === 'number' ? readNumber(value, name, spec, commandName) : value;
  }
  if (argument === undefined && positionals[0] !== undefined) {
    throw usageError(`"hotpath ${commandName}" takes no arguments, but there is "${positionals[0]}".`, commandName);
  }
  return { flags, positionals, help: false };
};
