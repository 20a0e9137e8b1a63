import type { CatalogueEntry, Command } from './command.ts';
import { useCompileCache } from './compile-cache.ts';
import { CliError, describeError, unfinished, usageError } from './errors.ts';
import { renderHelp } from './help.ts';
import { watchInterruptions } from './interruption.ts';
import { nearest } from './nearest.ts';
import { parseArguments } from './parse.ts';
import { complain, writeOut } from './terminal.ts';

interface Found {
  readonly entry: CatalogueEntry;
  readonly rest: readonly string[];
}

const findCommand = (args: readonly string[], catalogue: readonly CatalogueEntry[]): Found => {
  for (const words of [2, 1]) {
    const name = args.slice(0, words).join(' ');
    const entry = catalogue.find((candidate) => candidate.name === name);
    if (entry !== undefined) return { entry, rest: args.slice(words) };
  }
  const [first = '', second] = args;
  const group = catalogue.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name);
  if (group.length > 0 && (second === undefined || second.startsWith('-'))) {
    throw usageError(`"hotpath ${first}" needs a second word: ${group.map((name) => `"hotpath ${name}"`).join(', ')}.`);
  }
  const kind = first.startsWith('-') ? 'option' : 'command';
  const known = kind === 'option' ? ['--help', '--version'] : catalogue.map(({ name }) => name);
  const typed = group.length > 0 ? `${first} ${second}` : first;
  const meant =
    nearest(typed, known) ??
    nearest(
      typed,
      known.map((name) => name.split(' ')[0] ?? name),
    );
  throw usageError(`There is no ${kind} "${typed}".${meant === undefined ? '' : ` Did you mean "${meant}"?`}`);
};

const runCommand = async (
  command: Command,
  args: readonly string[],
  catalogue: readonly CatalogueEntry[],
): Promise<number> => {
  const { flags, positionals, help } = parseArguments(command, args);
  if (help) {
    await writeOut(renderHelp(command));
    return 0;
  }
  const interruption = watchInterruptions({ signals: command.ownSignals !== true });
  try {
    const exitCode = await command.run({ flags, positionals, signal: interruption.signal, catalogue });
    return interruption.exitCode() ?? exitCode;
  } catch (error) {
    const interrupted = interruption.exitCode();
    if (interrupted !== undefined) return interrupted;
    if (flags.json === true) await writeOut(`${JSON.stringify({ error: describeError(error) })}\n`);
    throw error;
  }
};

const report = (error: unknown): number => {
  complain(describeError(error).message);
  // For whoever looks for the fault in Hotpath itself; users never see a stack.
  if (process.env.HOTPATH_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return error instanceof CliError ? error.exitCode : 1;
};

const dispatch = async (args: readonly string[], catalogue: readonly CatalogueEntry[]): Promise<number> => {
  try {
    const asksForHelp = args[0] === 'help';
    const { entry, rest } = findCommand(asksForHelp ? args.slice(1) : args, catalogue);
    useCompileCache();
    return await runCommand(await entry.load(), asksForHelp ? ['--help'] : rest, catalogue);
  } catch (error) {
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
  process.on('uncaughtException', (error) => process.exit(report(error)));
  process.on('unhandledRejection', (error) => process.exit(report(error)));
  // Nothing is left to wait for, and the command is not done.
  process.on('beforeExit', () => process.exit(report(unfinished())));
  const exitCode = await dispatch(args, catalogue);
  // Idle connections and an open standard input must not hold the process back.
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  process.exit(exitCode);
};
