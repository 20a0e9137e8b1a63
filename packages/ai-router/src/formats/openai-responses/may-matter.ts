const prefixes = [Buffer.from('event: response.'), Buffer.from('data: {"type":"response.')];
const itemAdded = Buffer.from('output_item.a');

const a = 97;
const c = 99;
const e = 101;
const f = 102;
const i = 105;
const m = 109;
const n = 110;
const o = 111;
const r = 114;

/**
 * Tells pieces of an answer from its end by the first letters of an event's name: `com`pleted, `inc`omplete and `fa`iled
 * end it, `ref`usals and `output_item.a`dded change how it ends. Everything else that begins with `response.` is skipped,
 * all that does not is worth reading.
 */
export function mayMatter(bytes: Buffer, start: number): boolean {
  const prefix = prefixes[bytes[start] === e ? 0 : 1] as Buffer;
  if (!startsWith(bytes, start, prefix)) return true;
  const at = start + prefix.length;
  const second = bytes[at + 1];
  switch (bytes[at]) {
    case c:
      return second === o && bytes[at + 2] === m;
    case i:
      return second === n && bytes[at + 2] === c;
    case f:
      return second === a;
    case r:
      return second === e && bytes[at + 2] === f;
    case o:
      return startsWith(bytes, at, itemAdded);
    default:
      return false;
  }
}

function startsWith(bytes: Buffer, from: number, text: Buffer): boolean {
  for (let index = 0; index < text.length; index += 1) if (bytes[from + index] !== text[index]) return false;
  return true;
}
