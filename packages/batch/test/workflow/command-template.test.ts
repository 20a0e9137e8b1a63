import { execFileSync } from 'node:child_process';
import * as library from '@actions/expressions';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCommand } from '../../src/workflow/command-template.ts';
import { expressionParser } from '../../src/workflow/expression.ts';

const parse = expressionParser(library);
const fill = (line: string, inputs: Readonly<Record<string, unknown>>): string =>
  String(parseCommand(line, parse)?.fill({ inputs, env: {}, step: () => undefined }));
const run = (line: string, inputs: Readonly<Record<string, unknown>>): string =>
  execFileSync('sh', ['-c', fill(line, inputs)], { encoding: 'utf8' });

describe('a value in a command line', () => {
  it.each([
    ['cat ${{ inputs.x }}', 'src/a.ts', 'cat src/a.ts'],
    ['cat ${{ inputs.x }}', "it's mine; rm -rf ~", "cat 'it'\\''s mine; rm -rf ~'"],
    ['cat ${{ inputs.x }}', '', "cat ''"],
    ['cat ${{ inputs.x }}', ['a b', 'c'], "cat 'a b' c"],
    ['echo "say ${{ inputs.x }}"', 'a "b" $(c) `d` \\e', 'echo "say a \\"b\\" \\$(c) \\`d\\` \\\\e"'],
    ["echo 'say ${{ inputs.x }}'", "it's", "echo 'say it'\\''s'"],
    ['echo "$(cat ${{ inputs.x }})"', 'a b', 'echo "$(cat \'a b\')"'],
    ['echo ${{ raw(inputs.x) }}', 'a; b', 'echo a; b'],
    ['${{ inputs.x }}', 'ls -la | wc', 'ls -la | wc'],
    ['echo ${{ inputs.x }}', { a: 1 }, `echo '{"a":1}'`],
  ])('%s with %j', (line, x, expected) => {
    expect(fill(line, { x })).toBe(expected);
  });

  it.each(['echo `cat ${{ inputs.x }}`', 'cat <<EOF\n${{ inputs.x }}\nEOF', "cat <<'EOF'\n${{ inputs.x }}\nEOF"])(
    'is refused where no quoting is safe: %s',
    (line) => {
      expect(() => parseCommand(line, parse)).toThrow(expect.objectContaining({ code: 'BATCH_EXPRESSION_INVALID' }));
    },
  );

  it('is one word of it, whatever it is', () => {
    const contexts = [
      'printf %s ${{ inputs.x }}',
      'printf %s "${{ inputs.x }}"',
      "printf %s '${{ inputs.x }}'",
      'printf %s "$(printf %s ${{ inputs.x }}; printf .)"',
      'printf %s "$(printf %s "${{ inputs.x }}"; printf .)"',
    ];
    const special = fc.constantFrom(
      ...[
        '"',
        "'",
        '`',
        '$',
        '(',
        ')',
        '\\',
        ';',
        '&',
        '|',
        '\n',
        ' ',
        '*',
        '~',
        '#',
        '!',
        '{',
        '}',
        '<',
        '>',
        'a',
        '-',
      ],
    );
    const texts = fc.array(special, { maxLength: 12 }).map((chars) => `x${chars.join('')}`);
    fc.assert(
      fc.property(texts, fc.nat(contexts.length - 1), (x, at) => {
        const line = contexts[at] as string;
        expect(run(line, { x })).toBe(line.includes('printf .') ? `${x}.` : x);
      }),
      { numRuns: 150 },
    );
  });
});
