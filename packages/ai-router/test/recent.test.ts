import { expect, it } from 'vitest';
import { createRecent } from '../src/recent.ts';

it('makes a value once, and forgets the one that was not asked for longest', () => {
  const made: string[] = [];
  const recent = createRecent<string>(2);
  const get = (name: string): string =>
    recent.get(name, () => {
      made.push(name);
      return name;
    });
  for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) expect(get(name)).toBe(name);
  expect(made).toEqual(['a', 'b', 'c', 'b']);
});
