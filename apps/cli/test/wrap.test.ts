import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf, wrapCommand, wrapLine, wrapProse, wrapTable } from '../src/wrap.ts';

describe('lines', () => {
  it('are broken between words, and hang where the first begins', () => {
    expect(wrapLine('  one two three four', 12)).toBe('  one two\n  three four');
    expect(wrapLine('ok  CODE: one two', 12, '    ')).toBe('ok  CODE:\n    one two');
    expect(wrapLine(`a ${'x'.repeat(30)} b`, 10)).toBe(`a\n${'x'.repeat(30)}\nb`);
  });

  it('are as wide as they look: colours take no room', () => {
    const red = '\u001b[31mred\u001b[39m';
    expect(wrapLine(`${red} one`, 7)).toBe(`${red} one`);
    expect(wrapLine(`${red} one`, 6)).toBe(`${red}\none`);
  });

  it('lose no word, and are no wider than they may be', () => {
    const word = fc.string({ unit: fc.constantFrom('a', '-', '/'), minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), fc.integer({ min: 16, max: 60 }), (words, columns) => {
        const lines = wrapLine(words.join(' '), columns, '  ').split('\n');
        expect(lines.flatMap((line) => line.split(' ').filter(Boolean))).toEqual(words);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
      }),
    );
  });

  it('have the width of a terminal up to 100 columns, and 80 elsewhere', () => {
    expect([40, 100, 300].map((columns) => columnsOf({ isTTY: true, columns }))).toEqual([40, 100, 100]);
    expect([columnsOf({}), columnsOf({ isTTY: true, columns: 0 }), columnsOf({ columns: 300 })]).toEqual([80, 80, 80]);
  });
});

it('prose is joined to paragraphs first, and what is indented stays as it is', () => {
  expect(wrapProse('one two\nthree four.\n\nfive:\n\n  code  that is long\n  and more\nsix', 14)).toBe(
    'one two three\nfour.\n\nfive:\n\n  code  that is long\n  and more\nsix',
  );
});

it('a table has terms in one column and hung texts in another', () => {
  expect(
    wrapTable(
      [
        ['--a', 'one two three four'],
        ['--much-too-long-for-it <term>', 'five six seven eight'],
      ],
      30,
    ),
  ).toBe(
    [
      '  --a       one two three four',
      '  --much-too-long-for-it <term>',
      '            five six seven',
      '            eight',
    ].join('\n'),
  );
});

describe('a command line', () => {
  it('is broken before an option or a pipe, and never in quotes', () => {
    expect(wrapCommand('short --flag', 40)).toBe('  short --flag');
    expect(wrapCommand('hotpath ask -m a/b --fallback c/d "What is a monad?"', 40)).toBe(
      '  hotpath ask -m a/b \\\n      --fallback c/d "What is a monad?"',
    );
    expect(wrapCommand(`hotpath cache get "$(hotpath x | jq -r '.a | .b')" | jq .cost`, 50)).toBe(
      `  hotpath cache get \\\n      "$(hotpath x | jq -r '.a | .b')" | jq .cost`,
    );
    expect(wrapCommand(`x "${'a b '.repeat(20)}"`, 40)).toBe(`  x "${'a b '.repeat(20)}"`);
  });

  it.skipIf(spawnSync('sh', ['-c', ':']).status !== 0)('means the same to a shell', () => {
    const line = `printf '<%s>' -m a/b --fallback 'c d' --tag "e f g" --output out.jsonl --max 5 plain`;
    const run = (text: string): string => spawnSync('sh', ['-c', text], { encoding: 'utf8' }).stdout;
    const broken = wrapCommand(line, 40);
    expect(broken.split('\n').length).toBeGreaterThan(2);
    expect(run(broken)).toBe(run(line));
  });
});
