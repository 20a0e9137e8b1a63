import type { Hotpath } from '@hotpath/runtime';
import { warn } from '../terminal.ts';

export interface RecordingOptions {
  /** The name of the command. */
  readonly command: string;
  /** What it works with; where it has none, its configuration is read from `configFile` or where it would be found. */
  readonly hotpath?: Pick<Hotpath, 'config' | 'prices'> | undefined;
  readonly configFile?: string | undefined;
  /** Whether it may go on for long; see `openTelemetry`. @default false */
  readonly isLong?: boolean | undefined;
  /** Told once why nothing is kept. @default `warn` */
  readonly tell?: ((message: string) => void) | undefined;
}

const outcomeOf = (exitCode: number): string =>
  exitCode === 0 ? 'complete' : exitCode > 128 ? 'interrupted' : 'failed';

/**
 * Does a command's work and records what happens in this process meanwhile, where the configuration does not switch that off. Both
 * times of the command count from the start of the process.
 */
export const recorded = async (options: RecordingOptions, work: () => Promise<number>): Promise<number> => {
  const { command, hotpath, configFile, isLong, tell = warn } = options;
  if (hotpath?.config.telemetry.enabled === false) return work();
  const { commandKind, openTelemetry, readTelemetryConfig } = await import('@hotpath/runtime/telemetry');
  const config = hotpath?.config.telemetry ?? (await readTelemetryConfig(configFile));
  const prices = hotpath && (() => hotpath.prices);
  const onError = (error: unknown): void =>
    tell(`what was done is not recorded. ${error instanceof Error ? error.message : String(error)}`);
  const telemetry = openTelemetry({ config, command, prices, isLong, onError });
  const startMs = performance.now();
  let exitCode = 1;
  let code: unknown;
  try {
    exitCode = await work();
    return exitCode;
  } catch (error) {
    ({ code } = (error ?? {}) as { readonly code?: unknown });
    throw error;
  } finally {
    const { names, values, push } = telemetry.collector.recorder(commandKind);
    const { dimensionAt, measureAt } = commandKind;
    names[dimensionAt.command] = command;
    names[dimensionAt.outcome] = outcomeOf(exitCode);
    names[dimensionAt.code] = typeof code === 'string' ? code : '';
    values[measureAt.start] = startMs * 1000;
    values[measureAt.duration] = performance.now() * 1000;
    push(Date.now());
    await telemetry.close();
  }
};
