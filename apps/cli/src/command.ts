import type { FlagSpecs, FlagValues, ParsedFlags } from '@hotpath/runtime';

export type { FlagSpec, FlagSpecs, FlagValues, ParsedFlags } from '@hotpath/runtime';

export interface Invocation<Flags = ParsedFlags> {
  readonly flags: Flags;
  readonly positionals: readonly string[];
  /** Aborts on Ctrl-C, on SIGTERM and when nobody reads standard output any more. */
  readonly signal: AbortSignal;
  /** Every command there is. */
  readonly catalogue: readonly CatalogueEntry[];
}

interface CommandSpec<Specs extends FlagSpecs> {
  readonly name: string;
  readonly summary: string;
  /** What follows the name and the options in the usage line, such as `"<prompt>"`. Without it, arguments are errors. */
  readonly argument?: string;
  /** More than the summary says, in whole lines. */
  readonly description?: string;
  readonly flags: Specs;
  /** What to do instead, by options that others of its kind have, and it cannot. */
  readonly refusals?: Readonly<Record<string, string>>;
  readonly examples: readonly string[];
  /**
   * Whether the arguments are a command line of their own: none of its options is one of ours, with or without `--` before
   * it. @default false
   */
  readonly passesThrough?: boolean;
  /** Whether the command deals with SIGINT and SIGTERM itself. @default false */
  readonly ownSignals?: boolean;
  /** Resolves to the exit code. */
  run(invocation: Invocation<FlagValues<Specs>>): Promise<number>;
}

/** A command whose own flag names are known only to itself. */
export interface Command extends Omit<CommandSpec<FlagSpecs>, 'run'> {
  run(invocation: Invocation): Promise<number>;
}

/** Gives `run` the types of the flags declared beside it. The parser delivers what the declarations promise. */
export const defineCommand = <const Specs extends FlagSpecs>(spec: CommandSpec<Specs>): Command => ({
  ...spec,
  run: (invocation) => spec.run(invocation as unknown as Invocation<FlagValues<Specs>>),
});

/** Flags that several commands have in the same words. */
export const configFlag = {
  type: 'string',
  value: 'file',
  description: 'Configuration file (default: hotpath.config.* here, then in the user folder)',
} as const;

export const modelFlag = {
  type: 'string',
  short: 'm',
  value: 'provider/model',
  description: 'Model to ask (default: HOTPATH_MODEL, then defaultModel of the configuration)',
} as const;
export const maxTokensFlag = {
  type: 'number',
  integer: true,
  between: [1, Number.POSITIVE_INFINITY],
  description: 'Longest answer, in tokens',
} as const;
export const temperatureFlag = {
  type: 'number',
  between: [0, 2],
  description: 'From 0 to 2; above 0 nothing is cached, unless cache.temperature of the configuration says so',
} as const;

/** A command by name, loaded when it is called. */
export interface CatalogueEntry {
  /** One or two words, as typed. */
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}
