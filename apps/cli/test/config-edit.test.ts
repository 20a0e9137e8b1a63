// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what stands in a configuration
import fc from 'fast-check';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { editConfig } from '../src/config/edit-config.ts';
import { formatPath, parsePath } from '../src/config/setting-path.ts';
import { parseValue, valueAt, withValue } from '../src/config/setting-value.ts';

const yaml = `# The settings of our team.
aliases:
    fast: openai/gpt-4.1-mini   # cheap
    "gpt.4": 'openai/gpt-4o'

cache: { ttlMs: 1h, enabled: true } # for demos
providers:
    mine:
        type: sim
        # two of them
        models: [quick, slow]
`;

const edited = (text: string, path: string, value: unknown, format: 'yaml' | 'json' = 'yaml'): string =>
  editConfig(text, format, { path: parsePath(path), value });

describe('a path of a setting', () => {
  it.each([
    ['cache.ttlMs', ['cache', 'ttlMs']],
    ['providers.mine.models[0]', ['providers', 'mine', 'models', 0]],
    ['aliases["gpt.4"]', ['aliases', 'gpt.4']],
    ['aliases["a\\"b"].c', ['aliases', 'a"b', 'c']],
  ])('%s is read', (text, keys) => {
    expect(parsePath(text)).toEqual(keys);
    expect(formatPath(keys)).toBe(text);
  });

  it.each([
    '',
    '.',
    '.cache',
    'cache.',
    'cache..ttlMs',
    '[0]',
    'cache[',
    'a["',
    'a b',
    '__proto__.x',
    'a["constructor"]',
  ])('%j is refused', (text) =>
    expect(() => parsePath(text)).toThrow(expect.objectContaining({ code: 'CLI_USAGE', exitCode: 2 })),
  );

  it('says what was meant, whatever the keys are', () => {
    const key = fc.oneof(
      fc.string().filter((word) => !['__proto__', 'constructor', 'prototype'].includes(word)),
      fc.nat(9),
    );
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), fc.array(key), (first, rest) => {
        fc.pre(!['__proto__', 'constructor', 'prototype'].includes(first));
        expect(parsePath(formatPath([first, ...rest]))).toEqual([first, ...rest]);
      }),
    );
  });
});

it('reads a value as JSON, or else as a text', () => {
  const read = ['true', '4100', '["a"]', '1h', "'quoted'", '', 'openai/gpt-4o', '"4"'].map(parseValue);
  expect(read).toEqual([true, 4100, ['a'], '1h', "'quoted'", '', 'openai/gpt-4o', '4']);
});

describe('a changed setting', () => {
  it('changes a value in its place and not one other character', () => {
    expect(edited(yaml, 'cache.ttlMs', '2d')).toBe(yaml.replace('1h', '2d'));
    expect(edited(yaml, 'cache.enabled', false)).toBe(yaml.replace('true', 'false'));
    expect(edited(yaml, 'aliases["gpt.4"]', 'xai/grok: 4')).toBe(yaml.replace("'openai/gpt-4o'", '"xai/grok: 4"'));
    expect(edited(yaml, 'providers.mine.models[1]', 'a, b')).toBe(yaml.replace('slow', '"a, b"'));
  });

  it('adds and removes, and keeps comments and order', () => {
    const more = edited(yaml, 'server.port', 4100);
    expect(more).toBe(`${yaml}server:\n  port: 4100\n`);
    const inside = edited(yaml, 'aliases.slow', 'mine/slow');
    expect(inside).toBe(yaml.replace("'openai/gpt-4o'\n", "'openai/gpt-4o'\n    slow: mine/slow\n"));
    expect(edited('a:\n  b: 1 # one\n\n# last\n', 'a.c', 2)).toBe('a:\n  b: 1 # one\n  c: 2\n\n# last\n');
    const less = edited(yaml, 'aliases["gpt.4"]', undefined);
    expect(less).not.toContain('gpt.4');
    expect(less).toMatch(/# The settings of our team\.[\s\S]*# cheap[\s\S]*# for demos[\s\S]*# two of them/);
  });

  it('writes into a file that has nothing but comments', () => {
    expect(edited('# nothing yet\n', 'cache.ttlMs', '1h')).toBe('# nothing yet\n\ncache:\n  ttlMs: 1h\n');
  });

  it.each(['yes', '2026-01-31', '0x10', '1_000', '~', 'null', '12', '${KEY}', 'a: b', '#', '', 'two\nlines', '- x'])(
    'is the text %j that it was',
    (value) => {
      for (const path of ['defaultModel', 'aliases.fast', 'providers.mine.models[0]']) {
        expect(valueAt(load(edited(yaml, path, value)), parsePath(path))).toBe(value);
      }
    },
  );

  it('leaves JSON as it is indented', () => {
    const json = '{\n\t"cache": {"ttlMs": "1h"},\n\t"a": [1,2]\n}\n';
    expect(edited(json, 'cache.ttlMs', '2d', 'json')).toBe(json.replace('1h', '2d'));
    expect(edited(json, 'b', true, 'json')).toBe(
      '{\n\t"cache": {\n\t\t"ttlMs": "1h"\n\t},\n\t"a": [\n\t\t1,\n\t\t2\n\t],\n\t"b": true\n}\n',
    );
  });

  it('does not change what an anchor shares', () => {
    const text = 'a: &shared { x: 1 }\nb: *shared\n';
    expect(() => edited(text, 'a.x', 2)).toThrow(expect.objectContaining({ code: 'CLI_SETTING_INVALID' }));
    expect(() => edited(text, 'b.x', 2)).toThrow(expect.objectContaining({ code: 'CLI_SETTING_INVALID' }));
  });

  it.each([
    ['cache.ttlMs.deeper', 'cache.ttlMs is a single value.'],
    ['providers.mine.models.first', 'providers.mine.models is a list.'],
    ['providers.mine[0]', 'providers.mine is no list.'],
    ['providers.mine.models[5]', 'providers.mine.models has 2 entries, counted from 0.'],
  ])('is refused where %s does not fit', (path, problem) => {
    expect(() => edited(yaml, path, 'x')).toThrow(
      expect.objectContaining({ message: expect.stringContaining(problem) }),
    );
  });

  it('is what it should be, whatever it is, and nothing else is changed', () => {
    const key = fc.oneof(
      fc.constantFrom('aliases', 'cache', 'providers', 'mine', 'models', 'ttlMs', 'fast', 'gpt.4'),
      fc.string({ minLength: 1 }).filter((word) => !/^(__proto__|constructor|prototype)$/.test(word)),
      fc.nat(3),
    );
    const value = fc.oneof(fc.string({ unit: 'grapheme' }), fc.boolean(), fc.integer(), fc.jsonValue({ maxDepth: 2 }));
    const settings = load(yaml);
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 4 }), value, (path, given) => {
        fc.pre(typeof path[0] === 'string' && !JSON.stringify(given).includes('__proto__'));
        for (const [format, text] of [
          ['yaml', yaml],
          ['json', JSON.stringify(settings)],
        ] as const) {
          let changed: string;
          try {
            changed = editConfig(text, format, { path, value: given });
          } catch (error) {
            expect(error).toMatchObject({ code: 'CLI_SETTING_INVALID' });
            continue;
          }
          const wanted = JSON.parse(JSON.stringify(withValue(settings, path, given)));
          expect(JSON.parse(JSON.stringify(format === 'json' ? JSON.parse(changed) : load(changed)))).toEqual(wanted);
        }
      }),
      { numRuns: 300 },
    );
  });
});
