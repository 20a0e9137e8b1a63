import { openOutput } from '../output-file.ts';
import { howToSetUp } from '../simulated.ts';
import { note, styledError, warn } from '../terminal.ts';
import { checkProgram } from './check-program.ts';
import { startChild } from './child.ts';
import { pointedArguments, pointedVariables } from './environment.ts';
import { openPrivateGateway, type PrivateGateway } from './private-gateway.ts';
import { findRunningGateway, type GatewayAddress } from './running-gateway.ts';
import { catchSignals, exitCodeOf, type Signals } from './signals.ts';
import { followStops } from './stopped-child.ts';
import { type Summary, showSummary, summaryJson } from './summary.ts';
import type { Api } from './variables.ts';

export interface RunOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly apis: readonly Api[];
  /** A gateway that runs already; without it, one is opened for this command alone. */
  readonly address: GatewayAddress | undefined;
  readonly configFile: string | undefined;
  readonly isQuiet: boolean;
  /** Whether the figures are told as JSON. */
  readonly isJson: boolean;
  /** Where the figures go as JSON. */
  readonly summaryFile: string | undefined;
}

const patienceMs = 1_000;

const announce = ({ warnings, isSimulated }: PrivateGateway): void => {
  for (const message of warnings) warn(message);
  if (isSimulated)
    warn(
      `answers are simulated, unless the command has a key of its own, because no provider is set up. ${howToSetUp}`,
    );
};

/**
 * Closes a gateway whose command has ended. What the command left behind may still wait for an answer, which then comes;
 * a signal cuts it short.
 */
const closeAfterCommand = async (gateway: PrivateGateway, signals: Signals, isQuiet: boolean): Promise<void> => {
  signals.handle(() => void gateway.close(0));
  const timer = setTimeout(() => {
    if (!isQuiet) note('The command left something behind that waits for an answer. Ctrl-C ends it at once.');
  }, patienceMs);
  await gateway.close(gateway.graceMs);
  clearTimeout(timer);
};

/** Runs a command with its tools pointed at a gateway. Resolves to the command's exit code, as a shell gives it. */
export const runCommand = async (options: RunOptions): Promise<number> => {
  const { program, args, apis, address, isQuiet } = options;
  // What can be wrong at once is said before a gateway is opened, and before a run that would be for nothing.
  checkProgram(program, process.env);
  const signals = catchSignals();
  const output = options.summaryFile === undefined ? undefined : await openOutput(options.summaryFile);
  let gateway: PrivateGateway | undefined;
  try {
    const open = async (): Promise<string> => {
      if (address !== undefined) return findRunningGateway(address);
      gateway = await openPrivateGateway(options.configFile);
      return gateway.url;
    };
    const opened = await Promise.race([open(), signals.early.then((signal) => ({ signal }))]);
    if (typeof opened === 'object') return exitCodeOf(opened.signal);
    if (gateway !== undefined && !isQuiet) announce(gateway);

    const pointing = { url: opened, apis, program };
    const startedAt = performance.now();
    const child = await startChild({
      program,
      args: [...pointedArguments(pointing), ...args],
      environment: { ...process.env, ...pointedVariables({ ...pointing, environment: process.env }) },
    });
    signals.passTo(child.send);
    await child.started;
    followStops(child.process);
    const ending = await child.ended;
    const durationMs = performance.now() - startedAt;

    if (gateway !== undefined) await closeAfterCommand(gateway, signals, isQuiet);
    const summary: Summary = {
      ending,
      durationMs,
      ...(gateway === undefined
        ? { url: opened }
        : { figures: gateway.figures(), isSimulated: gateway.isSimulated && !gateway.hasReal() }),
    };
    await output?.write(summaryJson(summary));
    await output?.finish();
    if (options.isJson) process.stderr.write(summaryJson(summary));
    else if (!isQuiet) note(styledError('dim', `hotpath: ${showSummary(summary)}`));
    return ending.exitCode;
  } catch (error) {
    await gateway?.close(0);
    throw error;
  } finally {
    await output?.discard();
  }
};
