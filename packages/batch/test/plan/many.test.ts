import { expect, it } from 'vitest';
import { nearestName } from '../../src/names/nearest-name.ts';
import { validate } from '../../src/plan/validate.ts';
import { fakeWorld } from '../support/fake-world.ts';

const many = (step: (at: number) => object) => ({
  name: 'w',
  steps: Array.from({ length: 5_000 }, (_, at) => ({ id: `step-${at}`, run: 'ls', ...step(at) })),
});

it('what thousands of steps read is looked for where it may stand', async () => {
  const world = fakeWorld({});
  const exists = new Set(Array.from({ length: 5_000 }, (_, at) => `in/${at}`));
  const found = await validate(
    many((at) => ({ reads: [`in/${at}`, at === 0 ? 'out/1' : `out/${at - 1}`], writes: [`out/${at}`] })),
    { ...world, exists: async (path) => exists.has(path) },
  );
  expect(found.map(({ code, step }) => [code, step])).toEqual([['BATCH_READ_TOO_EARLY', 'step-0']]);
});

it('of thousands of names the one is found that differs least, and none where several do alike', () => {
  const known = Array.from({ length: 5_000 }, (_, at) => `${at}-build-${at}`);
  expect(nearestName('4321-biuld-4321', known)).toBe('4321-build-4321');
  expect(nearestName('build', ['buildx', 'buildy'])).toBeUndefined();
  expect(nearestName('step-7', ['step-8', 'step-9'])).toBeUndefined();
});

it.each([
  ['at its beginning', 'xob-1234-build', 'job-1234-build'],
  ['by two figures that were swapped', 'job-1243-build', 'job-1234-build'],
  ['by letters in the middle', 'job-1234-biuld', 'job-1234-build'],
  ['at its end', 'job-1234-buil', 'job-1234-build'],
  ['by one that is missing', 'jb-1234-build', 'job-1234-build'],
])('of very many names one is found that differs %s', (_, name, meant) => {
  const known = Array.from({ length: 20_000 }, (__, at) => `job-${at}-${at % 2 === 0 ? 'build' : 'test'}`);
  expect(nearestName(name, known)).toBe(meant);
  expect(nearestName(name, known, meant)).not.toBe(meant);
});

it('as many misspelt names as there are steps are looked for in no more than a few each', async () => {
  const names = Array.from({ length: 5_000 }, (_, at) => `step-${at}`);
  let looks = 0;
  // What is asked of the list, in whatever way.
  const known = new Proxy(names, {
    get(target, key, receiver) {
      looks += 1;
      return Reflect.get(target, key, receiver);
    },
  });
  for (const [at, name] of names.entries()) expect(nearestName(`stpe-${at}`, known)).toBe(name);
  expect(looks).toBeLessThan(names.length * 10);
  const found = await validate(
    many((at) => (at === 0 ? {} : { dependencies: [`stpe-${at - 1}`] })),
    fakeWorld(),
  );
  expect(found).toHaveLength(4_999);
  expect(found.every(({ code, fix }) => code === 'BATCH_STEP_UNKNOWN' && fix !== undefined)).toBe(true);
});
