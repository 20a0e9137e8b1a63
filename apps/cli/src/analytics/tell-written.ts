import { showCount } from '../figures.ts';
import { note, writeOut } from '../terminal.ts';

/** Says what is in a file that was written: events, or what so many requests come to. */
export const tellWritten = async (
  { json }: { readonly json: boolean },
  path: string,
  written: { readonly events: number } | { readonly requests: number },
): Promise<void> => {
  if (json) {
    await writeOut(`${JSON.stringify({ path, ...written })}\n`);
    return;
  }
  const isSums = 'requests' in written;
  const count = isSums ? written.requests : written.events;
  const counted = `${showCount(count)} ${isSums ? 'request' : 'event'}${count === 1 ? '' : 's'}`;
  note(`Wrote ${isSums ? `the sums of ${counted}` : counted} to ${path}.`);
};
