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
