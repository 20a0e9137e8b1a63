/** A colour by what it says, with attributes: `good | bold`. Fits into eight bits. */
export type Style = number;

export const plain: Style = 0;
export const quiet: Style = 1;
export const good: Style = 2;
export const warning: Style = 3;
export const bad: Style = 4;
export const accent: Style = 5;
export const second: Style = 6;

export const bold: Style = 16;
export const inverse: Style = 32;

/** Bits of colour that a terminal has, as `getColorDepth` of Node tells them: 1 is none, also by `NO_COLOR`. */
export type ColorDepth = 1 | 4 | 8 | 24;

/** SGR parameters of the colours, in the order of their numbers. */
const colors: Readonly<Record<ColorDepth, readonly string[]>> = {
  // Faint is no colour, and tells as much.
  1: ['', '2', '', '', '1', '', ''],
  4: ['', '90', '32', '33', '31', '36', '34'],
  8: ['', '38;5;244', '38;5;78', '38;5;221', '38;5;203', '38;5;80', '38;5;111'],
  24: [
    '',
    '38;2;128;134;142',
    '38;2;95;200;120',
    '38;2;240;195;90',
    '38;2;245;105;95',
    '38;2;85;200;205',
    '38;2;130;170;245',
  ],
};

const attributes = [
  [bold, '1'],
  [inverse, '7'],
] as const;

/** The sequence that sets each style, whatever was set before. */
export const sequencesOf = (depth: ColorDepth): readonly string[] =>
  Array.from({ length: 64 }, (_, style) => {
    const set = attributes.filter(([bit]) => (style & bit) !== 0).map(([, parameter]) => parameter);
    const parameters = ['0', colors[depth][style & 15] ?? '', ...set].filter((parameter) => parameter !== '');
    return `\u001b[${parameters.join(';')}m`;
  });
