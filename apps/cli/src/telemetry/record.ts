import type { Hotpath } from '@hotpath/runtime';
import type { TelemetryPlace } from '@hotpath/runtime/telemetry';
import { warn } from '../terminal.ts';
import { contentChannel, type HeardEarly, hearEarly, recordedChannels } from './hear-early.ts';
import { lossOf } from './loss.ts';

export interface RecordingOptions {
  /** The name of the command. */
  readonly command: string;
  /** What it works with; where it has none, its configuration is read from `configFile` or where it would be found. */
  readonly hotpath?: Pick<Hotpath, 'config' | 'prices'> | undefined;
  readonly configFile?: string | undefined;
  /** Whether it may go on for long; see `openTelemetry`. @default false */
  readonly isLong?: boolean | undefined;
  /** Told what is lost and why, once of each place. @default `warn` */
  readonly tell?: ((message: string) => void) | undefined;
  /** Whether what is written is for programs: nobody is told of alerts then. @default false */
  readonly isJson?: boolean | undefined;
}

/** 3: the run waits for a yes, as it was meant to. */
const outcomeOf = (exitCode: number): string =>
  exitCode === 0 || exitCode === 3 ? 'complete' : exitCode > 128 ? 'interrupted' : 'failed';

/** By then the answer has come, or the process waits for it and has time. */
const laterMs = 150;
/** What a command that ends soon has announced by then; more of it would only take room. */
const mostEarly = 256;

const startNow =
  <Started>(started: Started): (() => Promise<Started>) =>
  async () =>
    started;

/**
 * To load what records takes a fifth of the time until a cached answer is there: what happens until then is noted, and recorded
 * afterwards.
 */
const startLater = <Started>(
  { telemetry }: Hotpath['config'],
  start: (early: HeardEarly) => Promise<Started>,
): (() => Promise<Started>) => {
  let started: Promise<Started> | undefined;
  const open = (): Promise<Started> => {
    clearTimeout(timer);
    if (started === undefined) {
      started = start(early);
      // Whoever awaits it at the end hears of it.
      started.catch(() => {});
    }
    return started;
  };
  const channels = telemetry.content.enabled ? [...recordedChannels, contentChannel] : recordedChannels;
  const early = hearEarly(channels, mostEarly, open);
  const timer = setTimeout(open, laterMs);
  timer.unref();
  return open;
};

/** Tells what a command has failed with that tells of it itself, and throws nothing. */
export type TellFailure = (error: unknown) => void;

const codeOf = (error: unknown): string => {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : '';
};

/**
 * Does a command's work and records what happens in this process meanwhile, where the configuration does not switch that off. Both
 * times of the command count from the start of the process.
 */
export const recorded = async (
  options: RecordingOptions,
  work: (tellFailure: TellFailure) => Promise<number>,
): Promise<number> => {
  const { command, hotpath, configFile, isLong = false, tell = warn, isJson = false } = options;
  if (hotpath?.config.telemetry.enabled === false) return work(() => {});
  const prices = hotpath && (() => hotpath.prices);
  const onError = (error: unknown, where: TelemetryPlace): void => tell(lossOf(error, where));

  const start = async (early?: HeardEarly) => {
    const module = await import('@hotpath/runtime/telemetry');
    const { telemetry: config, alerts } = hotpath?.config ?? (await module.readRecordingConfig(configFile));
    early?.stop();
    const telemetry = module.openTelemetry({ config, command, prices, isLong, earlier: early?.announced, onError });
    return { module, config, alerts, telemetry };
  };
  const open = isLong || hotpath === undefined ? startNow(await start()) : startLater(hotpath.config, start);
  const startMs = performance.now();
  let exitCode = 1;
  let code = '';
  try {
    exitCode = await work((error) => {
      code = codeOf(error);
    });
    return exitCode;
  } catch (error) {
    code = codeOf(error);
    throw error;
  } finally {
    const endMs = performance.now();
    const { module, config, alerts, telemetry } = await open();
    const { commandKind, judgeCommand } = module;
    const { names, values, push } = telemetry.collector.recorder(commandKind);
    const { dimensionAt, measureAt } = commandKind;
    names[dimensionAt.command] = command;
    names[dimensionAt.outcome] = outcomeOf(exitCode);
    names[dimensionAt.code] = exitCode === 0 ? '' : code;
    values[measureAt.start] = startMs * 1000;
    values[measureAt.duration] = endMs * 1000;
    const nowMs = Date.now();
    push(nowMs);
    const { collector } = telemetry;
    const startedMs = nowMs - performance.now();
    const told = await judgeCommand({ config: alerts, collector, path: config.path, startMs: startedMs, nowMs });
    await telemetry.close();
    if (!isJson)
      for (const { rule, message } of told)
        tell(`alert ${rule}: ${message}. It is told once a day, and not at all where alerts.rules.${rule} is false.`);
  }
};
