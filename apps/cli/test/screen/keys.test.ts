import { array, assert, constantFrom, integer, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKeyReader } from '../../src/screen/keys.ts';

const namesOf = (...pieces: readonly string[]): readonly string[] => {
  const reader = createKeyReader();
  return [...pieces.flatMap((piece) => reader.feed(piece)), ...reader.flush()].map((key) => key.text ?? key.name);
};

describe('keys', () => {
  it('are known by what terminals send for them', () => {
    expect(namesOf('\u001b[A\u001bOB\u001b[1;5C\u001b[D\t\u001b[Z\u001b[5~\u001b[6~\u001b[H\u001b[4~')).toEqual([
      'up',
      'down',
      'right',
      'left',
      'tab',
      'back-tab',
      'page-up',
      'page-down',
      'home',
      'end',
    ]);
    expect(namesOf('q\u0003\u001a\r\u007f日🚀')).toEqual([
      'q',
      'interrupt',
      'suspend',
      'enter',
      'backspace',
      '日',
      '🚀',
    ]);
  });

  it('are read whole when they come in pieces, and an escape alone when nothing follows', () => {
    expect(namesOf('\u001b', '[', 'A')).toEqual(['up']);
    expect(namesOf('\u001b')).toEqual(['escape']);
    expect(namesOf('\u001bx')).toEqual(['escape', 'x']);
  });

  it('are passed over where nobody knows them', () => {
    expect(namesOf('\u001b[200~\u001b[?62;4c\u001b[15~q')).toEqual(['q']);
  });

  it('never depend on where the pieces are cut, but for an escape at the end of one', () => {
    const piece = constantFrom(
      '\u001b[A',
      '\u001bOB',
      '\u001b[5~',
      '\u001b[1;2D',
      'q',
      '日',
      '\u0003',
      '\u001b[999;1x',
      '\u001b',
    );
    assert(
      property(array(piece), integer({ min: 1, max: 5 }), string(), (pieces, size, rest) => {
        const text = pieces.join('') + rest;
        const characters = Array.from(text);
        const cut = Array.from({ length: Math.ceil(characters.length / size) }, (_, index) =>
          characters.slice(index * size, (index + 1) * size).join(''),
        );
        expect(namesOf(...cut)).toEqual(namesOf(text));
      }),
    );
  });
});
