// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax under test
import { describe, expect, it } from 'vitest';
import { expandEnvironment } from '../src/expand.ts';

const environment = { HOST: 'example.com', EMPTY: '', KEY: 'k-1' };

describe('expandEnvironment', () => {
  it.each([
    ['a variable', '${KEY}', 'k-1'],
    ['several in one text', 'https://${HOST}/${KEY}/v1', 'https://example.com/k-1/v1'],
    ['a default for one that is unset', '${PORT:-4000}', '4000'],
    ['a default for one that is empty', '${EMPTY:-x}', 'x'],
    ['an empty default', '[${PORT:-}]', '[]'],
    ['no default where there is a value', '${HOST:-x}', 'example.com'],
    ['an empty variable', '[${EMPTY}]', '[]'],
    ['an escape', '$${KEY}', '${KEY}'],
    ['what is no variable', '$KEY ${1} ${a b} $', '$KEY ${1} ${a b} $'],
  ])('expands %s', (_, text, expected) => {
    expect(expandEnvironment({ text }, environment).value).toEqual({ text: expected });
  });

  it('goes into lists and groups and leaves keys and other values alone', () => {
    const config = { '${KEY}': [{ deep: '${KEY}' }, 1, null, true] };
    expect(expandEnvironment(config, environment).value).toEqual({ '${KEY}': [{ deep: 'k-1' }, 1, null, true] });
  });

  it('names each missing variable with its place', () => {
    const { problems } = expandEnvironment({ a: { 'b.c': ['${ONE}', '${TWO}${ONE}'] } }, environment);
    expect(problems.map(({ code, path, message }) => [code, path, message.split(' is not set')[0]])).toEqual([
      ['CONFIG_ENV_MISSING', 'a["b.c"][0]', 'the environment variable ONE'],
      ['CONFIG_ENV_MISSING', 'a["b.c"][1]', 'the environment variable TWO'],
      ['CONFIG_ENV_MISSING', 'a["b.c"][1]', 'the environment variable ONE'],
    ]);
  });

  it('does not expand what a variable holds', () => {
    expect(expandEnvironment('${A}', { A: '${KEY}', KEY: 'k-1' }).value).toBe('${KEY}');
  });
});
