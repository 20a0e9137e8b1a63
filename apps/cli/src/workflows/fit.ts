import { eastAsianWidth } from 'get-east-asian-width';
import { oneLine } from '../plain-text.ts';

const segments = new Intl.Segmenter();
const widthOfGlyph = (glyph: string): number => eastAsianWidth(glyph.codePointAt(0) ?? 0x20);

export const widthOf = (text: string): number =>
  [...segments.segment(text)].reduce((sum, { segment }) => sum + widthOfGlyph(segment), 0);

/** A text within so many columns, its end cut off where it must be. */
export const fit = (text: string, columns: number): string => {
  const plain = oneLine(text);
  if (plain.length * 2 <= columns || widthOf(plain) <= columns) return plain;
  let left = columns - 1;
  let kept = '';
  for (const { segment } of segments.segment(plain)) {
    left -= widthOfGlyph(segment);
    if (left < 0) break;
    kept += segment;
  }
  return columns < 1 ? '' : `${kept}…`;
};

export const padded = (text: string, columns: number): string => {
  const fitted = fit(text, columns);
  return fitted + ' '.repeat(Math.max(0, columns - widthOf(fitted)));
};
