const underscore = 95;
const space = 32;
const colon = 58;
const reason = Buffer.from('reason"');
const tokens = Buffer.from('tokens"');
const error = Buffer.from('{"error"');

/**
 * Tells a chunk of text from one that says more. A chunk of text has a `finish_reason` that is null and counts no
 * tokens (`prompt_tokens` and its like stand in every usage that is not null); all else is worth reading, also what has
 * no `finish_reason` at all, such as errors and `[DONE]`. Both keys hold an underscore, which is rare: hopping from one
 * to the next costs a third of looking at each byte, and a fifth of searching for the keys themselves. Content cannot
 * forge a key: inside a JSON string its closing quote would be escaped.
 */
export function mayMatter(bytes: Buffer, start: number, end: number): boolean {
  // An error that shares its chunk with an unfinished choice is seen where it stands first.
  if (startsWith(bytes, start + 6, error)) return true;
  let unfinished = false;
  let at = bytes.indexOf(underscore, start);
  while (at !== -1 && at < end) {
    if (startsWith(bytes, at + 1, tokens)) return true;
    if (startsWith(bytes, at + 1, reason)) {
      if (!isNull(bytes, at + 1 + reason.length)) return true;
      unfinished = true;
    }
    at = bytes.indexOf(underscore, at + 1);
  }
  return !unfinished;
}

function startsWith(bytes: Buffer, from: number, text: Buffer): boolean {
  for (let index = 0; index < text.length; index += 1) if (bytes[from + index] !== text[index]) return false;
  return true;
}

/** Whether a colon, white space and `null` follow; no other value begins with an n. */
function isNull(bytes: Buffer, from: number): boolean {
  if (bytes[from] !== colon) return false;
  let at = from + 1;
  while (bytes[at] === space) at += 1;
  return bytes[at] === 110;
}
