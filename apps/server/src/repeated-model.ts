const quote = 0x22;
const backslash = 0x5c;
const opening: ReadonlySet<number> = new Set([0x7b, 0x5b]);
const closing: ReadonlySet<number> = new Set([0x7d, 0x5d]);
const colon = 0x3a;
const space = 0x20;

const spelled = Buffer.from('"model"');
/** All five letters are written so where they are escaped. */
const escaped = Buffer.from('\\u006');

/**
 * Whether a JSON object names its `model` more than once. RFC 8259 leaves open which of them counts (section 4): whoever
 * reads the bytes after us may ask another model than the one that was allowed.
 */
export function repeatsModel(raw: Buffer): boolean {
  const first = raw.indexOf(spelled);
  if ((first < 0 || raw.indexOf(spelled, first + 1) < 0) && !raw.includes(escaped)) return false;
  let depth = 0;
  let found = 0;
  for (let at = 0; at < raw.length; at += 1) {
    const byte = raw[at] as number;
    if (byte === quote) {
      const start = at;
      for (at += 1; at < raw.length && raw[at] !== quote; at += 1) if (raw[at] === backslash) at += 1;
      if (depth !== 1 || at - start > 40) continue;
      let next = at + 1;
      while ((raw[next] as number) <= space) next += 1;
      if (raw[next] === colon && JSON.parse(raw.toString('utf8', start, at + 1)) === 'model') found += 1;
    } else if (opening.has(byte)) depth += 1;
    else if (closing.has(byte)) depth -= 1;
  }
  return found > 1;
}
