import { openOutput } from '../output-file.ts';
import type { ReportFlags } from './flags.ts';
import { withEvents } from './open-events.ts';
import { readPeriod } from './read-time.ts';
import { tellWritten } from './tell-written.ts';

/** Resolves to the exit code. */
export const writeSnapshot = (flags: ReportFlags & { readonly output: string | undefined }): Promise<number> =>
  withEvents(flags, 'analytics snapshot', async ({ analytics, store, where, explainNothing }) => {
    const answer = analytics.snapshot(store, { ...readPeriod(flags, 'analytics snapshot', Date.now()), where });
    const output = await openOutput(flags.output);
    try {
      await output.write(`${JSON.stringify(answer)}\n`);
      await output.finish();
    } catch (error) {
      await output.discard();
      throw error;
    }
    if (flags.output !== undefined) await tellWritten(flags, flags.output, { requests: answer.requests });
    if (answer.requests === 0) explainNothing();
    return 0;
  });
