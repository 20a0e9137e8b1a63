const colon = 58;
const space = 32;
const e = 101;
const c = 99;
const p = 112;

/**
 * Tells `content_block_…` events and pings from the rest by the first letter of their name, which no event that matters
 * shares. An event without a name is worth reading.
 */
export function mayMatter(bytes: Buffer, start: number): boolean {
  if (bytes[start] !== e || bytes[start + 5] !== colon) return true;
  const letter = bytes[start + 6] === space ? bytes[start + 7] : bytes[start + 6];
  return letter !== c && letter !== p;
}
