/** Reads where things stand in text that is known to be JSON, with comments and commas at the end or without. */

const lineFeed = 10;
const quote = 34;
const asterisk = 42;
const comma = 44;
const slash = 47;
const backslash = 92;
const openBrace = 123;
const closeBrace = 125;
const scalarEnd = /[\s,\]}/]/g;

const isSpace = (code: number): boolean =>
  code === 32 || code === 9 || code === lineFeed || code === 13 || code === 0xfeff;

const indexAfter = (text: string, what: string, from: number): number => {
  const found = text.indexOf(what, from);
  return found < 0 ? text.length : found + what.length;
};

/** The place after the comment that begins here. */
export const skipComment = (text: string, from: number): number =>
  text.charCodeAt(from + 1) === asterisk ? indexAfter(text, '*/', from + 2) : indexAfter(text, '\n', from);

/** The next place that is neither white space nor comment. */
export const skipSpace = (text: string, from: number): number => {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (isSpace(code)) at += 1;
    else if (code === slash) at = skipComment(text, at);
    else return at;
  }
};

export const skipString = (text: string, from: number): number => {
  let at = from + 1;
  for (;;) {
    const end = text.indexOf('"', at);
    if (end < 0) return text.length;
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes += 1;
    at = end + 1;
    if (escapes % 2 === 0) return at;
  }
};

/** The place after the value that begins here. */
export const skipValue = (text: string, from: number): number => {
  const first = text[from];
  if (first === '"') return skipString(text, from);
  if (first !== '{' && first !== '[') {
    scalarEnd.lastIndex = from;
    return scalarEnd.exec(text)?.index ?? text.length;
  }
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === quote) at = skipString(text, at);
    else if (code === slash) at = skipComment(text, at);
    else {
      at += 1;
      // Brackets differ from braces in one bit, opening ones from closing ones in two.
      if ((code | 0x20) === openBrace) depth += 1;
      else if ((code | 0x20) === closeBrace) {
        depth -= 1;
        if (depth === 0) return at;
      }
    }
  }
  return at;
};

/** Something within an object or a list. */
export interface Member {
  /** In objects, its key; in lists ''. */
  readonly key: string;
  /** After the comma or bracket before it. */
  readonly lead: number;
  /** Where its key begins, or the value of a list. */
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
  /** After the comma that follows, if there is one, and a comment behind that on the same line, which is about this one. */
  readonly next: number;
}

const commentOnLine = /[ \t]*(?:\/\/[^\r\n]*|\/\*[^\r\n]*?\*\/)(?=[ \t]*\r?\n)/y;
/** The place after a comment that ends this line, if there is one. */
export const skipLineComment = (text: string, from: number): number => {
  commentOnLine.lastIndex = from;
  return commentOnLine.test(text) ? commentOnLine.lastIndex : from;
};

/** What stands within the container that begins here, and where it closes. */
export const readMembers = (
  text: string,
  from: number,
): { readonly members: readonly Member[]; readonly close: number } => {
  const isList = text[from] === '[';
  const members: Member[] = [];
  let at = from + 1;
  for (;;) {
    const start = skipSpace(text, at);
    if ((text.charCodeAt(start) | 0x20) === closeBrace || start >= text.length) return { members, close: start };
    let [key, valueStart] = ['', start];
    if (!isList) {
      const keyEnd = skipString(text, start);
      const written = text.slice(start + 1, keyEnd - 1);
      key = written.includes('\\') ? JSON.parse(`"${written}"`) : written;
      valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    }
    const lead = at;
    const end = skipValue(text, valueStart);
    const after = skipSpace(text, end);
    at = text.charCodeAt(after) === comma ? skipLineComment(text, after + 1) : end;
    members.push({ key, lead, start, valueStart, end, next: at });
  }
};
