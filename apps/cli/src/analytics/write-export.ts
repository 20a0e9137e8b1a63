import { usageError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { openOutput } from '../output-file.ts';
import type { ReportFlags } from './flags.ts';
import { withEvents } from './open-events.ts';
import { readPeriod } from './read-time.ts';
import { tellWritten } from './tell-written.ts';

interface ExportFlags extends ReportFlags {
  readonly kind: string | undefined;
  readonly format: string | undefined;
  readonly output: string | undefined;
}

const command = 'analytics export';

/** By its name, or by the end of the file's. */
const readFormat = <Format extends string>(
  { format, output }: ExportFlags,
  formats: readonly Format[],
): Format | undefined => {
  const found = formats.find((each) => each === (format ?? /\.(\w+)$/.exec(output ?? '')?.[1]));
  if (format === undefined || found !== undefined) return found;
  const meant = nearest(format, formats);
  throw usageError(
    `--format must be one of ${formats.join(', ')}, not "${format}".${meant === undefined ? '' : ` Did you mean ${meant}?`}`,
    command,
  );
};

/** Writes events as they are read. Resolves to the exit code. */
export const writeExport = (flags: ExportFlags, signal: AbortSignal): Promise<number> =>
  withEvents(flags, command, async ({ analytics, store, where, explainNothing }) => {
    const period = readPeriod(flags, command, Date.now());
    const format = readFormat(flags, analytics.exportFormats);
    const pieces = analytics.exportEvents(store, { ...period, where, kind: flags.kind, format });
    // What is wrong with the question is told before a file is made.
    let piece = pieces.next();
    const output = await openOutput(flags.output);
    let count = 0;
    try {
      for (; piece.done !== true; piece = pieces.next()) {
        signal.throwIfAborted();
        count += piece.value.events;
        await output.write(piece.value.text);
      }
      await output.finish();
    } catch (error) {
      await output.discard();
      throw error;
    }
    if (flags.output !== undefined) await tellWritten(flags, flags.output, { events: count });
    if (count === 0) explainNothing();
    return 0;
  });
