import type { MaybePromise } from '@hotpath/plugin-loader';
import type { Hotpath } from '../hotpath.ts';

export interface FlagSpec {
  /** `strings` may be given any number of times. */
  readonly type: 'string' | 'strings' | 'number' | 'boolean';
  /** One letter, for `-m` beside `--model`. */
  readonly short?: string;
  /** What stands for the value in the help, such as `provider/model`. */
  readonly value?: string;
  readonly description: string;
  /** Least and greatest value of a number. */
  readonly between?: readonly [number, number];
  readonly integer?: boolean;
}

/** By name, without the dashes. */
export type FlagSpecs = Readonly<Record<string, FlagSpec>>;

/** The values of a command's flags: absent ones are undefined, except that a switch is false and a list empty. */
export type FlagValues<Specs extends FlagSpecs> = {
  readonly [Name in keyof Specs]: Specs[Name]['type'] extends 'boolean'
    ? boolean
    : Specs[Name]['type'] extends 'number'
      ? number | undefined
      : Specs[Name]['type'] extends 'strings'
        ? readonly string[]
        : string | undefined;
};

/** Values as parsed, before a command knows its own names. */
export type ParsedFlags = Readonly<Record<string, string | readonly string[] | number | boolean | undefined>>;

/** One call of a plugin's command. */
export interface PluginInvocation<Flags = ParsedFlags> {
  readonly flags: Flags;
  readonly positionals: readonly string[];
  /** Aborts on Ctrl-C and on SIGTERM. */
  readonly signal: AbortSignal;
  /** Whether results are wanted as JSON: `--json`, which every command has. */
  readonly json: boolean;
  /** Writes a result to standard output, and waits until it has been taken. */
  write(text: string): Promise<void>;
  /** Writes a line to standard error, which `--quiet` leaves out. */
  note(text: string): void;
  /** Router, cache and configuration, opened at the first call and closed when the command ends. Rejects with a `ConfigError`. */
  hotpath(): Promise<Hotpath>;
}

interface CommandFields<Specs extends FlagSpecs> {
  /** What follows the name and the options in the usage line, such as `"<file>"`. Without it, arguments are errors. */
  readonly argument?: string;
  /** More than the manifest's summary says, in whole lines. */
  readonly description?: string;
  /** @default none but those that every command has */
  readonly flags?: Specs;
  /** Whole command lines, shown in the help. */
  readonly examples: readonly string[];
}

/** A command of the CLI. Its name and summary stand in the manifest. */
export interface PluginCommand extends CommandFields<FlagSpecs> {
  /** Resolves to the exit code. @default 0 */
  run(invocation: PluginInvocation): MaybePromise<number | undefined>;
}

/** Gives `run` the types of the flags declared beside it. */
export const defineCommand = <const Specs extends FlagSpecs = Record<never, FlagSpec>>(
  command: CommandFields<Specs> & {
    run(invocation: PluginInvocation<FlagValues<Specs>>): MaybePromise<number | undefined>;
  },
): PluginCommand => ({
  ...command,
  // The parser delivers what the declarations promise.
  run: (invocation) => command.run(invocation as unknown as PluginInvocation<FlagValues<Specs>>),
});
