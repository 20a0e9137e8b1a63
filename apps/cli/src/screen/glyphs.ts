import { eastAsianWidth } from 'get-east-asian-width';

/**
 * What stands in a cell: a code point, or beyond the last of those the number of a letter with its marks. Those that take
 * two cells have `wideBit` set.
 */
export type Glyph = number;

export const blank: Glyph = 0x20;
/** The second cell of a wide glyph. */
export const rightHalf: Glyph = 0;

const wideBit = 0x100_0000;
const firstCombined = 0x11_0000;
/** What names of models can fill: later combinations lose their marks. */
const mostCombined = 10_000;
/** More marks than any script has on one letter. */
const mostMarks = 4;
const replacement = 0xfffd;

const combined: string[] = [];
const numbers = new Map<string, Glyph>();

export const isWide = (glyph: Glyph): boolean => (glyph & wideBit) !== 0;

/** Whether terminals may disagree on where the cursor is behind it. */
export const isUncertain = (glyph: Glyph): boolean => glyph >= firstCombined;

export const textOf = (glyph: Glyph): string => {
  const number = glyph & ~wideBit;
  return number < firstCombined ? String.fromCodePoint(number) : (combined[number - firstCombined] ?? ' ');
};

/** Letters, lines, blocks: one cell each everywhere, and nearly all there is on a screen. */
const isPlain = (code: number): boolean => (code >= 0x20 && code < 0x7f) || (code >= 0x2500 && code < 0x25a0);

/** Whether a text is one glyph of one cell for each of its code units: nearly every text is. */
export const isPlainText = (text: string): boolean => {
  for (let index = 0; index < text.length; index += 1) {
    if (!isPlain(text.charCodeAt(index))) return false;
  }
  return true;
};

// Hangul vowels and ends that have no syllable of their own join the letter before them, too.
const mark = /^[\p{Mn}\p{Me}\u1160-\u11ff\ud7b0-\ud7ff]$/u;
// Joiners, variation selectors, directions, skin tones: each terminal makes something else of them.
const unseen = /^[\p{Default_Ignorable_Code_Point}\p{Emoji_Modifier}\p{Cf}]$/u;
const unprintable = /^[\p{Cc}\p{Cs}\p{Cn}\p{Co}\p{Zl}\p{Zp}]$/u;

const baseOf = (code: number): Glyph => {
  // Half a flag is a letter.
  if (code >= 0x1f1e6 && code <= 0x1f1ff) return code - 0x1f1e6 + 0x41;
  if (unprintable.test(String.fromCodePoint(code))) return replacement;
  return eastAsianWidth(code) === 2 ? code | wideBit : code;
};

const withMark = (base: Glyph, character: string): Glyph => {
  const text = textOf(base) + character;
  if ([...text].length > mostMarks + 1) return base;
  const known = numbers.get(text);
  if (known !== undefined) return known;
  if (combined.length >= mostCombined) return base;
  const glyph = (firstCombined + combined.length) | (base & wideBit);
  combined.push(text);
  numbers.set(text, glyph);
  return glyph;
};

/**
 * A text as terminals agree on showing it: letters with their marks; emoji one by one, without what would join or colour
 * them; `�` for what cannot be shown, line ends and control characters above all.
 */
export const glyphsOf = (text: string): Glyph[] => {
  const glyphs: Glyph[] = [];
  // Only composed can a letter be taken for one.
  for (const character of text.normalize('NFC')) {
    const code = character.codePointAt(0) ?? replacement;
    const last = glyphs.at(-1);
    if (isPlain(code)) glyphs.push(code);
    else if (unseen.test(character)) continue;
    else if (!mark.test(character)) glyphs.push(baseOf(code));
    else if (last !== undefined) glyphs[glyphs.length - 1] = withMark(last, character);
  }
  return glyphs;
};

/** How many cells a text takes. */
export const widthOf = (text: string): number =>
  isPlainText(text) ? text.length : glyphsOf(text).reduce((width, glyph) => width + (isWide(glyph) ? 2 : 1), 0);
