/** So much of texts in their normal form is told apart, bytes. */
export const mostBytes = 2_048;
/** So much of them is looked at: spaces and ids take no room in the normal form. */
const mostRead = 4 * mostBytes;
/** Room that it takes to write a normal form: its last word may be as long as what is looked at. */
export const roomBytes = mostBytes + mostRead + 1;

/** Shortest words that are ids if digits are in them: of hexadecimal digits alone, and of any letters. */
const shortestHex = 7;
const shortestId = 16;

// Bits, so that a word is the sum of what is in it.
const other = 0;
const space = 1;
/** May be the first byte of a space that is not of ASCII. */
const wide = 2;
const letter = 4;
const hexLetter = 8;
const digit = 16;
/** What a byte of UTF-8 is. */
const kinds = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte <= 32) return space;
  if (byte >= 128) return [0xc2, 0xe2, 0xe3, 0xef].includes(byte) ? wide : other;
  const character = String.fromCharCode(byte);
  if (/\d/.test(character)) return digit;
  if (/[a-f]/i.test(character)) return hexLetter;
  return /[a-z]/i.test(character) ? letter : other;
});
const zero = 48;
const [comma, dash, dot] = [44, 45, 46];

/** How long the space is that begins here; 0 for what is none. */
const wideSpaceAt = (bytes: Uint8Array, at: number): number => {
  const [first, second = 0, third = 0] = bytes.subarray(at, at + 3);
  if (first === 0xc2) return second === 0xa0 ? 2 : 0;
  if (first === 0xe3) return second === 0x80 && third === 0x80 ? 3 : 0;
  if (first === 0xef) return second === 0xbb && third === 0xbf ? 3 : 0;
  // U+2000 to U+200B, the separators of lines and paragraphs, and the narrow one that does not break.
  return second === 0x80 && ((third >= 0x80 && third <= 0x8b) || [0xa8, 0xa9, 0xaf].includes(third)) ? 3 : 0;
};

const uuidBytes = 36;
const isUuid = (bytes: Uint8Array, from: number, last: number): boolean => {
  if (from + uuidBytes > last) return false;
  for (let place = 0; place < uuidBytes; place += 1) {
    const byte = bytes[from + place] as number;
    const isDash = place === 8 || place === 13 || place === 18 || place === 23;
    if (isDash ? byte !== dash : (kinds[byte] as number) < hexLetter) return false;
  }
  return true;
};

/** Leaves one digit of each run of them; where the word then ends. */
const shortenDigits = (bytes: Uint8Array, from: number, to: number): number => {
  let end = from;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] as number;
    const isDigit = kinds[byte] === digit;
    if (isDigit && end > from && bytes[end - 1] === zero) continue;
    bytes[end] = isDigit ? zero : byte;
    end += 1;
  }
  return end;
};

/** Where a number ends whose first digits do, with what separates its thousands and its fraction. */
const endOfNumber = (bytes: Uint8Array, from: number, last: number): number => {
  let at = from;
  while ((bytes[at] === comma || bytes[at] === dot) && at + 1 < last && kinds[bytes[at + 1] as number] === digit) {
    do at += 1;
    while (at < last && kinds[bytes[at] as number] === digit);
  }
  return at;
};

/** Whether a word of letters and digits, as it was written, is a number or an id. `found`: what is in it. */
const isId = (found: number, bytes: Uint8Array, from: number, size: number): boolean => {
  if (found === digit || size >= shortestId) return true;
  if (size < shortestHex) return false;
  if ((found & letter) === 0) return true;
  // As 0x7f3a9c.
  if (bytes[from] !== zero || bytes[from + 1] !== 120) return false;
  for (let at = from + 2; at < from + size; at += 1) if (kinds[bytes[at] as number] === letter) return false;
  return true;
};

/** Writes the normal form of texts, which follow each other, to a place in `into`. Returns where it ends. */
export type Normalise = (into: Uint8Array, from: number, texts: readonly string[]) => number;

/**
 * The normal form is what those texts have in common which differ in numbers, ids and spaces alone: numbers of any size, UUIDs and other
 * ids are `0`, and so is each run of digits within a word; any spaces are one, and letters of ASCII small. All else stays. It has the first
 * `mostBytes` alone; of what is longer the length counts as well, by powers of two. One pass, whatever the texts are.
 */
export const createNormalise = (): Normalise => {
  // With a space behind what is read, where any word ends.
  const read = Buffer.alloc(mostRead + 1);
  return (into, from, texts) => {
    const end = from + mostBytes;
    let to = from;
    let length = 0;
    for (const text of texts) {
      length += text.length;
      if (to >= end) continue;
      if (to > from && into[to - 1] !== 32) into[to++] = 32;
      const last = read.write(text.length > mostRead ? text.slice(0, mostRead) : text, 0, mostRead);
      read[last] = 32;
      let at = 0;
      while (at < last && to < end) {
        let byte = read[at] as number;
        let kind = kinds[byte] as number;
        if (kind < letter) {
          const spaces = kind === space ? 1 : kind === wide ? wideSpaceAt(read, at) : 0;
          if (spaces === 0) into[to++] = byte;
          else if (to > from && into[to - 1] !== 32) into[to++] = 32;
          at += spaces || 1;
          continue;
        }
        const wordAt = at;
        const wordTo = to;
        let found = 0;
        do {
          // The bit makes letters small, and is set in digits.
          into[to++] = byte | 32;
          found |= kind;
          at += 1;
          byte = read[at] as number;
          kind = kinds[byte] as number;
        } while (kind >= letter);
        if (byte === dash && at - wordAt === 8 && isUuid(read, wordAt, last)) {
          at = wordAt + uuidBytes;
          into[wordTo] = zero;
          to = wordTo + 1;
          continue;
        }
        if ((found & digit) === 0) continue;
        if (found === digit) at = endOfNumber(read, at, last);
        if (isId(found, into, wordTo, at - wordAt)) {
          into[wordTo] = zero;
          to = wordTo + 1;
        } else to = shortenDigits(into, wordTo, to);
      }
    }
    const isLong = to >= end;
    to = Math.min(to, end);
    if (to > from && into[to - 1] === 32) to -= 1;
    into[to] = isLong ? 32 - Math.clz32(length) : 0;
    return to + 1;
  };
};
