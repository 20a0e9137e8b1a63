import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonChange } from '../../src/index.ts';
import { applyChanges, createDraft } from '../../src/json/draft.ts';
import { pointersOf } from '../../src/json/json-change.ts';
import { checkChanges } from '../../src/json/narrow.ts';
import { changeOf, jsonContainer } from './support/arbitraries.ts';
import { naiveChange } from './support/naive.ts';

const document = 'package.json';
const set = (pointer: string, value: unknown): JsonChange => ({ type: 'set', document, pointer, value });
const applyChange = (value: unknown, change: JsonChange): unknown => applyChanges(value, [change]);
const remove = (pointer: string): JsonChange => ({ type: 'remove', document, pointer });

describe('a change of a document', () => {
  it('is what a copy changed in place would be, and leaves what was there', () => {
    fc.assert(
      fc.property(
        jsonContainer.chain((value) => fc.tuple(fc.constant(value), changeOf(value))),
        ([value, change]) => {
          const before = JSON.stringify(value);
          const wanted = naiveChange(value, change);
          const make = () => applyChange(value, change);
          if (wanted === undefined) expect(make).toThrowError(expect.objectContaining({ code: 'BATCH_JSON_POINTER' }));
          else expect(JSON.stringify(make())).toBe(JSON.stringify(wanted.value));
          expect(JSON.stringify(value)).toBe(before);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('shares all that it does not touch', () => {
    const value = { a: { b: [1] }, c: { d: 1 }, e: [{}, {}] };
    const changed = applyChange(value, set('/c/d', 2)) as typeof value;
    expect([changed.a === value.a, changed.e === value.e, changed.c === value.c]).toEqual([true, true, false]);
    expect(applyChange(value, set('/c/d', 1))).toBe(value);
  });

  it('copies what it touches once, until somebody wants to keep it', () => {
    const from = { wide: { a: 1 }, list: [1] };
    const draft = createDraft(from);
    const now = (): typeof from => draft.peek as typeof from;
    draft.change(set('/wide/b', 2));
    draft.change(set('/list/-', 2));
    const [wide, list] = [now().wide, now().list];
    draft.change(set('/wide/c', 3));
    draft.change(set('/list/-', 3));
    expect([now().wide === wide, now().list === list, from]).toEqual([true, true, { wide: { a: 1 }, list: [1] }]);
    const kept = draft.value;
    draft.change(set('/wide/d', 4));
    expect(kept).toEqual({ wide: { a: 1, b: 2, c: 3 }, list: [1, 2, 3] });
  });

  it('is tried on what it names alone', () => {
    const read: string[] = [];
    const watched = new Proxy({ a: { b: 1 }, c: 1 } as Record<string, unknown>, {
      get(target, key) {
        read.push(String(key));
        return target[String(key)];
      },
      ownKeys: (target) => {
        read.push('all');
        return Reflect.ownKeys(target);
      },
    });
    checkChanges({ wide: watched }, [set('/wide/a/b', 2), { type: 'merge', document, value: { wide: { a: null } } }]);
    expect([...new Set(read)]).toEqual(['a']);
    expect(() => checkChanges({ wide: { build: 1 } }, [remove('/wide/built')])).toThrowError(/mean "\/wide\/build"/);
  });

  it('makes parents that are not there', () => {
    expect(applyChange({}, set('/scripts/test', 'vitest'))).toEqual({ scripts: { test: 'vitest' } });
    expect(applyChange({}, set('/files/-', 'dist'))).toEqual({ files: ['dist'] });
  });

  it('says which place was probably meant', () => {
    expect(() => applyChange({ scripts: { build: '' } }, remove('/script/build'))).toThrowError(
      'package.json has no place "/script/build": the whole has no "script". Did you mean "/scripts/build"?',
    );
    expect(() => applyChange({}, set('scripts.build', ''))).toThrowError(/Did you mean "\/scripts\/build"\?/);
    expect(() => applyChange({ list: [1] }, set('/list/2', ''))).toThrowError(/"\/list\/2": \/list has 1 items/);
    expect(() => applyChange({ name: 'x' }, set('/name/first', ''))).toThrowError(/\/name is no object and no list/);
  });

  it('reads escapes of pointers, and refuses what is none', () => {
    expect(applyChange({}, set('/~01/a~1b', 1))).toEqual({ '~1': { 'a/b': 1 } });
    expect(() => applyChange({}, set('/a~b/c~', 1))).toThrowError(/Did you mean "\/a~0b\/c~0"\?/);
  });

  it('touches places that other steps may be told apart by', () => {
    const value = { list: [1, 2], name: 'x', deep: { a: 1 } };
    const touched = (change: JsonChange): readonly string[] => pointersOf(value, change);
    expect(touched(set('/deep/b/c', 1))).toEqual(['/deep/b/c']);
    expect(touched(set('/list/1', 1))).toEqual(['/list/1']);
    expect([touched(set('/list/2', 1)), touched(set('/list/-', 1))]).toEqual([['/list/-'], ['/list/-']]);
    expect(touched(remove('/list/0'))).toEqual(['/list']);
    expect(touched({ type: 'insert', document, pointer: '/list/0', value: 1 })).toEqual(['/list']);
    expect(touched({ type: 'merge', document, value: { deep: { a: null, b: { c: 1 } }, name: { y: 1 } } })).toEqual([
      '/deep/a',
      '/deep/b/c',
      '/name',
    ]);
  });
});
