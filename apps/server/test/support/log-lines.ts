import { createLog, type Log, type LogOptions } from '../../src/log/log.ts';

/** A log whose lines are kept. */
export const keptLog = (
  options: LogOptions = {},
): { log: Log; text(): string; entries(): Record<string, unknown>[] } => {
  const lines: string[] = [];
  const log = createLog({
    level: 'debug',
    ...options,
    createWriter: () => ({ write: (line) => void lines.push(line), flush: async () => {} }),
  });
  return {
    log,
    text: () => lines.join(''),
    entries: () =>
      lines.map((line) => {
        const { time: _, ...entry } = JSON.parse(line);
        return entry;
      }),
  };
};
