import type { CatalogueEntry, Command } from './command.ts';
import { type CommandGroup, commandGroups } from './command-groups.ts';
import { CliError, secondWordMissing, unfinished, usageError } from './errors.ts';
import { type FailureForm, formIn, formOf, tellFailure } from './failure-output.ts';
import { membersOf } from './group-members.ts';
import { renderGroupHelp, renderHelp } from './help.ts';
import { type Interruption, watchInterruptions } from './interruption.ts';
import { nearest } from './nearest.ts';
import { explainError, type StepOptions } from './next-step.ts';
import { asksForHelp, parseArguments } from './parse.ts';
import { oneLine } from './plain-text.ts';
import { watchPluginCrashes } from './plugins/crashes.ts';
import { beQuiet, complain, styledError, writeOut } from './terminal.ts';
import { columnsOf } from './wrap.ts';

interface Found {
  readonly entry: CatalogueEntry;
  readonly rest: readonly string[];
}

const match = (args: readonly string[], catalogue: readonly CatalogueEntry[]): Found | undefined => {
  const longest = Math.max(...catalogue.map(({ name }) => name.split(' ').length));
  for (let words = Math.min(longest, args.length); words > 0; words -= 1) {
    const name = args.slice(0, words).join(' ');
    const entry = catalogue.find((candidate) => candidate.name === name);
    if (entry !== undefined) return { entry, rest: args.slice(words) };
  }
  return undefined;
};

/** Of a word that is no command, in characters. */
const longestShown = 80;

interface Unknown {
  readonly error: CliError;
  /** What was probably meant. */
  readonly meant: string | undefined;
}

const unknownWord = (
  [first = '', second]: readonly string[],
  catalogue: readonly CatalogueEntry[],
  groups: readonly CommandGroup[] = commandGroups,
  more = '',
): Unknown => {
  const group = groups.find(({ name }) => name === first);
  const kind = first.startsWith('-') ? 'option' : 'command';
  const known = kind === 'option' ? ['--help', '--version'] : catalogue.map(({ name }) => name);
  const typed = group === undefined ? first : `${first} ${second}`;
  const meant =
    nearest(typed, known) ??
    nearest(
      typed,
      known.map((name) => name.split(' ')[0] ?? name),
    );
  const question = meant === undefined ? '' : ` Did you mean "${meant}"?`;
  const shown = typed.length > longestShown ? `${typed.slice(0, longestShown)}…` : typed;
  return { error: usageError(`There is no ${kind} "${oneLine(shown)}".${question}${more}`, group?.name), meant };
};

/** The value of `--config` before anybody knows what the other options are. */
const configIn = (args: readonly string[]): string | undefined => {
  const at = args.indexOf('--config');
  return at === -1 ? args.find((arg) => arg.startsWith('--config='))?.slice('--config='.length) : args[at + 1];
};

/** The group that is named without one of its commands. */
const findGroup = (
  [first, second = '-']: readonly string[],
  groups: readonly CommandGroup[] = commandGroups,
): CommandGroup | undefined => (second.startsWith('-') ? groups.find(({ name }) => name === first) : undefined);

const showGroup = async (
  group: CommandGroup,
  catalogue: readonly CatalogueEntry[],
  isAskedFor: boolean,
): Promise<number> => {
  const members = await membersOf(group.name, catalogue);
  if (isAskedFor) {
    await writeOut(renderGroupHelp(group, members, { columns: columnsOf(process.stdout) }));
    return 0;
  }
  const bold = (text: string): string => styledError('bold', text);
  throw secondWordMissing(group.name, renderGroupHelp(group, members, { columns: columnsOf(process.stderr), bold }));
};

// For whoever looks for the fault in Hotpath itself; other users never see a stack.
let showsStack = Boolean(process.env.HOTPATH_DEBUG);
let failureForm: FailureForm | undefined;
let steps: StepOptions = {};

const runCommand = async (
  command: Command,
  args: readonly string[],
  catalogue: readonly CatalogueEntry[],
  watched?: Interruption,
): Promise<number> => {
  failureForm = formIn(args, command);
  steps = { hasFallback: Object.hasOwn(command.flags, 'fallback') };
  const { flags, positionals, help } = parseArguments(command, args);
  failureForm = formOf(flags);
  if (help) {
    await writeOut(renderHelp(command, { columns: columnsOf(process.stdout) }));
    return 0;
  }
  if (flags.quiet === true) beQuiet();
  if (flags.debug === true) showsStack = true;
  const interruption = watched ?? watchInterruptions({ signals: command.ownSignals !== true });
  const endedBefore = interruption.exitCode();
  if (endedBefore !== undefined) return endedBefore;
  try {
    const exitCode = await command.run({ flags, positionals, signal: interruption.signal, catalogue });
    // The code of a program that was run is its own, whatever became of our words about it.
    return command.passesThrough === true ? exitCode : (interruption.exitCode() ?? exitCode);
  } catch (error) {
    const interrupted = interruption.exitCode();
    if (interrupted === undefined) throw error;
    // Whoever reads a stream is told of its end.
    if (failureForm === 'stream-json') await tellFailure(failureForm, error, steps);
    return interrupted;
  }
};

const report = (error: unknown): number => {
  const { code, message } = explainError(error, steps);
  const more = error instanceof CliError && error.more !== undefined ? `\n${error.more}` : '';
  complain(code, message, more);
  // Stacks alone: what else an error holds may be secret.
  for (let each = error; showsStack && each instanceof Error; each = each.cause)
    process.stderr.write(`${each.stack}\n`);
  return error instanceof CliError ? error.exitCode : 1;
};

/** Plugins are looked for only where no command of ours is meant. */
const dispatchToPlugin = async (
  words: readonly string[],
  own: readonly CatalogueEntry[],
  isHelp: boolean,
): Promise<number> => {
  const unknown = unknownWord(words, own);
  if (words[0]?.startsWith('-')) throw unknown.error;
  const { findPluginCommands, pluginGroups } = await import('./plugins/plugin-commands.ts');
  const { entries, whyUnused, faults } = await findPluginCommands(configIn(words)).catch((error) => {
    // A configuration at fault is not what whoever mistyped a command of ours wants to hear of.
    throw unknown.meant === undefined ? error : unknown.error;
  });
  const catalogue = [...own, ...entries];
  const groups = pluginGroups(entries);
  const group = findGroup(words, groups);
  if (group !== undefined) return showGroup(group, entries, isHelp || asksForHelp(words));
  const found = match(words, entries);
  if (found === undefined)
    throw (await whyUnused(words)) ?? unknownWord(words, catalogue, [...commandGroups, ...groups], faults).error;
  // Whoever interrupts the loading of a plugin ends the command, and blames nobody.
  const interruption = watchInterruptions({ signals: true });
  return runCommand(await found.entry.load(), isHelp ? ['--help'] : found.rest, catalogue, interruption);
};

const dispatch = async (args: readonly string[], catalogue: readonly CatalogueEntry[]): Promise<number> => {
  failureForm = formIn(args);
  try {
    const isHelp = args[0] === 'help';
    const words = isHelp ? args.slice(1) : args;
    const group = findGroup(words);
    if (group !== undefined) return await showGroup(group, catalogue, isHelp || asksForHelp(words));
    const known = match(words, catalogue);
    if (known === undefined) return await dispatchToPlugin(words, catalogue, isHelp);
    return await runCommand(await known.entry.load(), isHelp ? ['--help'] : known.rest, catalogue);
  } catch (error) {
    await tellFailure(failureForm, error, steps);
    return report(error);
  }
};

const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => {
    stream.write('', () => resolve());
  });

/** Runs one command line to its end and exits the process with its code. */
export const run = async (args: readonly string[], catalogue: readonly CatalogueEntry[]): Promise<void> => {
  // Warnings of Node about its own features (SQLite, type stripping) are none of a user's business.
  process.removeAllListeners('warning');
  const pluginCrashOf = watchPluginCrashes();
  process.on('uncaughtException', (error) => process.exit(report(pluginCrashOf(error) ?? error)));
  process.on('unhandledRejection', (error) => {
    const crash = pluginCrashOf(error);
    const exitCode = report(crash ?? error);
    // A promise of a plugin's that nobody waits for leaves nothing of ours half done: a gateway goes on with its calls.
    if (crash === undefined) process.exit(exitCode);
  });
  // Nothing is left to wait for, and the command is not done.
  process.on('beforeExit', () => process.exit(report(unfinished())));
  const exitCode = await dispatch(args, catalogue);
  // Idle connections and an open standard input must not hold the process back.
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  process.exit(exitCode);
};
