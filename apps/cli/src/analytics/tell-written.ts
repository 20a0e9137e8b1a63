import { showCount } from '../figures.ts';
import { note, writeOut } from '../terminal.ts';

/** Says what is in a file that was written. */
export const tellWritten = async (
  { json }: { readonly json: boolean },
  path: string,
  events: number,
): Promise<void> => {
  if (json) await writeOut(`${JSON.stringify({ path, events })}\n`);
  else note(`Wrote ${showCount(events)} ${events === 1 ? 'event' : 'events'} to ${path}.`);
};
