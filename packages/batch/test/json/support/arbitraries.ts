import fc from 'fast-check';
import type { JsonChange } from '../../../src/index.ts';

const key = fc.constantFrom('a', 'b', 'c', 'd/e', 'f~g', '', '0', '-', '__proto__', 'ü"\\');

const jsonValue: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom<unknown>(null, true, 0, 1, -2.5, 'x', '', '{"}[', '// no', 'a\\"b', '\n'),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries) as unknown),
  ),
})).value;

export const jsonContainer = jsonValue.filter((value) => typeof value === 'object' && value !== null);

const written = (segments: readonly string[]): string =>
  segments.map((segment) => `/${segment.replace(/~/g, '~0').replace(/\//g, '~1')}`).join('');

/** Mostly places that there are, or that could be made. */
const pointerIn = (value: unknown): fc.Arbitrary<string> => {
  const places: string[][] = [];
  const visit = (at: unknown, path: string[]): void => {
    places.push(path);
    if (typeof at === 'object' && at !== null)
      for (const [name, inner] of Object.entries(at)) visit(inner, [...path, name]);
  };
  visit(value, []);
  return fc
    .tuple(fc.constantFrom(...places), fc.array(fc.oneof(key, fc.constantFrom('1', '2')), { maxLength: 2 }))
    .map(([place, more]) => written([...place, ...more]));
};

export const changeOf = (value: unknown, document = 'a.json'): fc.Arbitrary<JsonChange> =>
  fc.oneof(
    fc.record({
      type: fc.constant('set' as const),
      document: fc.constant(document),
      pointer: pointerIn(value),
      value: jsonValue,
    }),
    fc.record({
      type: fc.constant('insert' as const),
      document: fc.constant(document),
      pointer: pointerIn(value),
      value: jsonValue,
    }),
    fc.record({ type: fc.constant('remove' as const), document: fc.constant(document), pointer: pointerIn(value) }),
    fc.record({ type: fc.constant('merge' as const), document: fc.constant(document), value: jsonValue }),
  );
