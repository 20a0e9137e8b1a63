/** A key by its name, or the character that it writes. */
export type Key =
  | { readonly name: KeyName; readonly text?: undefined }
  | { readonly name: 'text'; readonly text: string };

type KeyName =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'home'
  | 'end'
  | 'page-up'
  | 'page-down'
  | 'tab'
  | 'back-tab'
  | 'enter'
  | 'escape'
  | 'backspace'
  | 'interrupt'
  | 'suspend'
  | 'redraw';

const controls: Readonly<Record<string, KeyName>> = {
  '\u0003': 'interrupt',
  '\u0004': 'interrupt',
  '\u001a': 'suspend',
  '\u000c': 'redraw',
  '\t': 'tab',
  '\r': 'enter',
  '\n': 'enter',
  '\u007f': 'backspace',
  '\b': 'backspace',
};

/** What follows the escape, as terminals of the xterm kind write it. */
const sequences: Readonly<Record<string, KeyName>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
  Z: 'back-tab',
  '1~': 'home',
  '7~': 'home',
  '4~': 'end',
  '8~': 'end',
  '5~': 'page-up',
  '6~': 'page-down',
};

// ECMA-48 5.4: parameters, intermediate bytes, one final byte; or SS3 with one letter.
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what keys are made of.
const sequence = /^\u001b(?:\[([0-?]*)[ -/]*([@-~])|O(.))/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
const unfinished = /^\u001b(?:\[[0-?]*[ -/]*|O)?$/;

const named = (parameters: string, final: string): KeyName | undefined =>
  // Modifiers of arrows (`1;5A`) are passed over.
  sequences[final === '~' ? `${parameters.split(';')[0]}~` : final];

export interface KeyReader {
  /** Takes what was read; a sequence may come in pieces. */
  feed(text: string): readonly Key[];
  /** What is left when nothing more comes: an escape that begins nothing. */
  flush(): readonly Key[];
}

export const createKeyReader = (): KeyReader => {
  let rest = '';
  const read = (isLast: boolean): readonly Key[] => {
    const keys: Key[] = [];
    while (rest !== '') {
      if (!isLast && unfinished.test(rest)) break;
      const found = sequence.exec(rest);
      if (found) {
        const name = named(found[1] ?? '', found[2] ?? found[3] ?? '');
        if (name) keys.push({ name });
        rest = rest.slice(found[0].length);
        continue;
      }
      const character = String.fromCodePoint(rest.codePointAt(0) ?? 0);
      rest = rest.slice(character.length);
      const name = character === '\u001b' ? 'escape' : controls[character];
      if (name) keys.push({ name });
      else if (character >= ' ') keys.push({ name: 'text', text: character });
    }
    return keys;
  };
  return {
    feed(text) {
      rest += text;
      return read(false);
    },
    flush: () => read(true),
  };
};
