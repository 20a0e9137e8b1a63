// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax under test
import { load, YAMLException } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { explainYaml } from '../src/yaml-syntax.ts';

const explain = (text: string): string => {
  try {
    load(text);
  } catch (error) {
    if (error instanceof YAMLException) return explainYaml(error.reason);
  }
  throw new Error('expected YAML that cannot be read');
};

const notClosed = 'something that was opened above is not closed. Close the bracket, brace or quote';

describe('explainYaml', () => {
  it.each([
    ['a bracket that is not closed', 'a: [1, 2\nb: 3\n', notClosed],
    ['a brace that is not closed', 'a: { b: 1\n', notClosed],
    ['a quote that is not closed', 'a: "open\nb: 2\n', notClosed],
    ['a tab', 'a:\n\tb: 1\n', 'a tab is used for indentation. Indent with spaces.'],
    ['a line that is out of line', 'a:\n  b: 1\n c: 2\n', 'Align the line with its neighbours'],
    ['a colon in a text', 'a: b: c\n', 'put a text in quotes that holds ": "'],
    ['a text with a reserved start', 'a: @b\n', 'or starts with one of @'],
    ['a key that is there twice', 'a: 1\na: 2\n', 'the key stands here a second time. Keep one of the two.'],
    ['a list beside keys', '- a\nb: 1\n', 'Write every line at the top as "key: value"'],
    ['a variable in braces', 'a: {b: ${C}}\n', "quotes around a text that holds braces, as '${NAME}'."],
    ['a text taken for an alias', 'a: *b\n', 'a text that starts with "*" means an alias. Put it in quotes.'],
    ['a text taken for a tag', 'a: !b c\n', 'a text that starts with "!" means a tag. Put it in quotes.'],
    ['two documents', 'a: 1\n---\nb: 2\n', 'Remove the "---" between them'],
    ['a path in double quotes', 'a: "C:\\xfolder"\n', 'Use single quotes, or double the backslash.'],
  ])('says what to do about %s', (_, text, words) => {
    expect(explain(text)).toContain(words);
  });

  it('says something useful about the rest, and quotes nothing of the file', () => {
    expect(explainYaml('there is a suffix !<sk-secret> for "sk-secret"')).toBe(
      'there is a suffix … for …. Look at that line and the one above; quotes around a text settle most cases.',
    );
    expect(explain('apiKey: *sk-secret\n') + explain('apiKey: !sk-secret x\n')).not.toContain('sk-secret');
  });
});
