import type { WireFormat } from './wire-format.ts';

/** UTF-8 bytes of an answer for one token of it: English text has about 4. */
export const bytesPerToken = 4;

/** More than this of a stream is not read again: the rest is taken to be alike. */
const mostRead = 65_536;

/** About how many output tokens these bytes of a stream hold: its text, reasoning and tool calls by their length. */
export function outputTokensOf(format: Pick<WireFormat, 'streamDecoder'>, stream: Buffer): number {
  const read = stream.subarray(0, mostRead);
  let bytes = 0;
  for (const event of format.streamDecoder().push(read)) {
    if (event.type === 'delta') bytes += Buffer.byteLength(event.text);
  }
  const share = read.length === 0 ? 0 : stream.length / read.length;
  return Math.ceil((bytes * share) / bytesPerToken);
}
