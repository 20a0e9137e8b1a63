import type { Logger } from 'pino';
import { createLineWriter, type LineWriter } from './line-writer.ts';
import { prettyLine } from './pretty.ts';

/** From the most to the least that is written. */
export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];
export const logFormats = ['pretty', 'json'] as const;
export type LogFormat = (typeof logFormats)[number];

export interface LogOptions {
  /** Lines below it are not written. @default "info" */
  readonly level?: LogLevel | undefined;
  /** `pretty`: for people. `json`: an object a line. @default "json" */
  readonly format?: LogFormat | undefined;
  /** Whether pretty lines have colours. @default false */
  readonly isColoured?: boolean | undefined;
  /** Makes what lines go to. @default for standard error */
  readonly createWriter?: ((lossLine: (count: number) => string) => LineWriter) | undefined;
}

/** A log that never makes anybody wait, and never fails. */
export interface Log {
  /** Whether lines of this level are written. */
  wants(level: Exclude<LogLevel, 'silent'>): boolean;
  /** `fields` must hold nothing secret: nothing is taken out of them. */
  write(level: Exclude<LogLevel, 'silent'>, message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Resolves when all has been written, or cannot be; within a second. */
  flush(): Promise<void>;
}

const flushMs = 1000;

const lossLine = (count: number): string =>
  `${JSON.stringify({ level: 'warn', time: new Date().toISOString(), count, msg: 'log lines could not be written' })}\n`;

const toStandardError: NonNullable<LogOptions['createWriter']> = (lossLine) => {
  // Looking at it makes a pipe non-blocking: else a reader that stands still would hold a thread, and with it the end of the
  // process.
  const { fd } = process.stderr;
  return createLineWriter({ fd, lossLine });
};

/** Loads pino with the first line that is written: nobody pays for a log without lines. */
export const createLog = (options: LogOptions = {}): Log => {
  const { level: least = 'info', format = 'json', isColoured = false, createWriter = toStandardError } = options;
  const from = logLevels.indexOf(least);
  const wants: Log['wants'] = (level) => logLevels.indexOf(level) >= from;
  const formatted = (line: string): string => (format === 'json' ? line : prettyLine(line, isColoured));
  let writer: LineWriter | undefined;
  let logger: Logger | undefined;
  let loading: Promise<void> | undefined;

  const load = async (): Promise<void> => {
    // In a bundle it has no other export.
    const { default: pino } = await import('pino');
    const lines = createWriter((count) => formatted(lossLine(count)));
    writer = lines;
    logger = pino(
      {
        level: 'debug',
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      { write: (line) => lines.write(formatted(line)) },
    );
  };

  return {
    wants,
    write(level, message, fields = {}) {
      if (!wants(level)) return;
      if (logger) {
        logger[level](fields, message);
        return;
      }
      loading ??= load();
      loading.then(
        () => logger?.[level](fields, message),
        // Without it there is no log; everything else goes on.
        () => {},
      );
    },
    async flush() {
      await loading?.catch(() => {});
      await writer?.flush(flushMs);
    },
  };
};
