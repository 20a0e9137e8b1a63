import { readFileSync } from 'node:fs';
import { Validator } from '@cfworker/json-schema';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contributionKinds, PluginError, parseManifest } from '../src/index.ts';

const minimal = { name: 'acme-models', version: '1.2.3' };
const schema = JSON.parse(readFileSync(new URL('../src/plugin.schema.json', import.meta.url), 'utf8'));
const validator = new Validator(schema, '2020-12');

const faultOf = (value: unknown): PluginError => {
  try {
    parseManifest(value, '/plugins/acme/plugin.json');
  } catch (error) {
    if (PluginError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('It passed.');
};

describe('a manifest', () => {
  it('needs a name and a version, and gets defaults for the rest', () => {
    expect(parseManifest(minimal, 'plugin.json')).toEqual({
      ...minimal,
      host: '*',
      core: false,
      dependencies: {},
      activates: [],
      contributes: {},
      main: './dist/index.js',
      worker: false,
    });
  });

  it('keeps what hosts add to a declaration', () => {
    const commands = [{ name: 'deploy', summary: 'Deploys', usage: 'deploy <where>' }];
    expect(parseManifest({ ...minimal, contributes: { commands } }, 'plugin.json').contributes).toEqual({ commands });
  });

  it.each([
    [{ version: '1.0.0' }, 'name', 'name is missing: give a name'],
    [{ ...minimal, name: 'Acme Models' }, 'name', 'name is "Acme Models"'],
    [{ ...minimal, version: '1.2' }, 'version', 'version is "1.2": give a version such as "1.2.3"'],
    [{ ...minimal, host: 1 }, 'host', 'host is 1: give a range'],
    [{ ...minimal, core: 'yes' }, 'core', 'core is "yes": give true or false'],
    [{ ...minimal, dependencies: { other: 1 } }, 'dependencies.other', 'dependencies.other is 1: give a version range'],
    [{ ...minimal, dependencies: ['other'] }, 'dependencies', 'give an object of names'],
    [{ ...minimal, activates: ['sometimes'] }, 'activates[0]', '"always", "idle", "command:NAME"'],
    [{ ...minimal, contributes: { comands: [] } }, 'contributes.comands', 'give contributes.commands instead'],
    [{ ...minimal, contributes: { rules: [{}] } }, 'contributes.rules[0].name', 'contributes.rules[0].name is missing'],
    [{ ...minimal, main: '../other/index.js' }, 'main', "within the plugin's folder"],
    [{ ...minimal, main: '/etc/passwd' }, 'main', "within the plugin's folder"],
    [{ ...minimal, main: 'data:text/javascript,0' }, 'main', "within the plugin's folder"],
    [{ ...minimal, development: '../src/index.ts' }, 'development', "within the plugin's folder"],
    [{ ...minimal, contribute: {} }, 'contribute', 'give contributes instead'],
    [
      { ...minimal, contributes: { stores: [{ name: 'a' }, { name: 'a' }] } },
      'contributes.stores[1].name',
      'each name once',
    ],
    ['text', '', 'give an object'],
  ])('%j is refused by naming the file, the field and what to do', (value, field, text) => {
    const error = faultOf(value);
    expect(error).toMatchObject({ code: 'PLUGIN_MANIFEST_INVALID', field, path: '/plugins/acme/plugin.json' });
    expect(error.message).toContain('/plugins/acme/plugin.json: ');
    expect(error.message).toContain(text);
  });

  it('is told of all its faults at once', () => {
    const { message } = faultOf({ name: 1, version: 2, core: 3 });
    expect(message).toMatch(/name is 1.*version is 2.*core is 3/);
  });
});

const mostly = <Value>(good: fc.Arbitrary<Value>, bad: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 15, arbitrary: good }, { weight: 1, arbitrary: bad });
const any = fc.jsonValue();
const name = mostly(
  fc.constantFrom('a', 'acme-models', '@acme/models', 'constructor'),
  fc.constantFrom('Up', '', '../up', 1),
);
const declaration = mostly(
  fc.record(
    {
      name: mostly(fc.constantFrom('deploy', 'a b', 'x/y'), fc.constantFrom('', ' x', 1)),
      summary: mostly(fc.constant('text'), any),
    },
    { requiredKeys: ['name'] },
  ),
  any,
);
const kind = fc.constantFrom(...contributionKinds);
const manifest = fc.record(
  {
    name,
    version: mostly(fc.constantFrom('1.0.0', '1.0.0-beta.1+build'), fc.constantFrom('1.0', '01.0.0', 1)),
    host: mostly(fc.constantFrom('*', '>=0.1 <1'), fc.constantFrom('', ' ', 1)),
    core: mostly(fc.boolean(), any),
    dependencies: mostly(
      fc.dictionary(fc.constantFrom('a', '@acme/b'), fc.constantFrom('^1.0.0', '*')),
      fc.oneof(fc.dictionary(fc.string(), fc.constantFrom('^1.0.0', '', 1)), any),
    ),
    activates: mostly(
      fc.array(fc.constantFrom('always', 'idle', 'command:x', 'event:a b')),
      fc.oneof(fc.array(fc.constantFrom('command:', 'command: x', 'never')), any),
    ),
    contributes: mostly(
      fc.dictionary(kind, fc.array(declaration, { maxLength: 1 })),
      fc.oneof(fc.dictionary(fc.constantFrom('others', 'commands'), any), any),
    ),
    development: mostly(fc.constantFrom('./src/index.ts'), fc.constantFrom('../index.ts', '', 1)),
    main: mostly(
      fc.constantFrom('./index.js', 'dist/index.js', 'a..b.js', '.hidden/x.js'),
      fc.constantFrom(
        '../index.js',
        '/index.js',
        'a/../../b.js',
        'http://x/y.js',
        '',
        '.',
        '..\\x.js',
        'c:\\x.js',
        'a/..',
        1,
      ),
    ),
    worker: mostly(fc.boolean(), any),
    $schema: any,
  },
  { requiredKeys: ['name', 'version'] },
);

describe('any manifest at all', () => {
  it('passes exactly where the published JSON Schema says so', () => {
    let passed = 0;
    fc.assert(
      fc.property(manifest, (value) => {
        let passes = true;
        try {
          parseManifest(value, 'plugin.json');
          passed += 1;
        } catch (error) {
          passes = false;
          expect(PluginError.isInstance(error)).toBe(true);
        }
        expect({ value, passes }).toEqual({ value, passes: validator.validate(value).valid });
      }),
      { numRuns: 3_000 },
    );
    // Both sides of the line were tried.
    expect(passed).toBeGreaterThan(100);
    expect(passed).toBeLessThan(2_900);
  });

  it('is read or refused, and never anything else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.anything()), (value) => {
        try {
          parseManifest(value, 'plugin.json');
        } catch (error) {
          expect(PluginError.isInstance(error)).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('says the same of what it has read once', () => {
    fc.assert(
      fc.property(manifest, (value) => {
        let parsed: unknown;
        try {
          parsed = parseManifest(value, 'plugin.json');
        } catch {
          return;
        }
        expect(parseManifest(parsed, 'plugin.json')).toEqual(parsed);
      }),
      { numRuns: 1_000 },
    );
  });
});
