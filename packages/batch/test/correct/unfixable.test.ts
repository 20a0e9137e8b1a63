import { expect, it } from 'vitest';
import { readFamily } from './support/catalogue.ts';
import { inParallel, isHere, leave } from './support/recover.ts';

const items = readFamily('unfixable');

it('touches nothing that nobody may mend', async () => {
  expect(items.length).toBeGreaterThanOrEqual(60);
  expect(items.filter(({ recorded }) => recorded === undefined).map(({ id }) => id)).toEqual([]);
  const possible = items.filter((item) => isHere(item) || item.setup?.commands === undefined);
  const left = await inParallel(possible, 2, (item) => leave(item, isHere(item) ? 'run' : 'recorded'));
  const touched = left.flatMap(({ id, failure, touching }) =>
    touching.map(({ change, confidence, risk }) => `${id}: ${failure.line} => ${change.line} (${confidence}, ${risk})`),
  );
  expect(touched).toEqual([]);
  expect(left.filter(({ changed }) => changed).map(({ id }) => id)).toEqual([]);
}, 60_000);
