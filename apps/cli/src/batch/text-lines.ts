import { inputInvalid } from '../errors.ts';

export interface TextLine {
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

/** Longer ones are no rows but a file of another kind: they would be held in memory whole. */
export const mostRowCharacters = 64 * 1024 * 1024;

/**
 * The lines of a text in pieces, those with nothing but white space left out. They end with LF or CRLF alone: `node:readline`
 * also ends them at U+2028, which JSON may hold.
 */
export const readLines = async function* (name: string, pieces: AsyncIterable<string>): AsyncGenerator<TextLine> {
  let held: string[] = [];
  let heldLength = 0;
  let line = 0;
  const complete = (end: string): TextLine => {
    const text = held.length === 0 ? end : held.join('') + end;
    held = [];
    heldLength = 0;
    line += 1;
    return { text: text.endsWith('\r') ? text.slice(0, -1) : text, line };
  };
  for await (const piece of pieces) {
    let from = 0;
    for (let at = piece.indexOf('\n'); at !== -1; at = piece.indexOf('\n', from)) {
      const found = complete(piece.slice(from, at));
      from = at + 1;
      if (found.text.trim() !== '') yield found;
    }
    if (from === piece.length) continue;
    held.push(piece.slice(from));
    heldLength += piece.length - from;
    if (heldLength > mostRowCharacters) throw inputInvalid(name, line + 1, 'it is longer than 64 MB.');
  }
  if (heldLength === 0) return;
  const last = complete('');
  if (last.text.trim() !== '') yield last;
};
