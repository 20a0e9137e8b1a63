import { expect, it } from 'vitest';
import { showOverflow } from '../src/analytics/text.ts';

it('tells how many requests stand under a name that is not theirs', () => {
  expect([0, 1, 1200].map(showOverflow)).toEqual([
    '',
    '\n1 request stands under "other": there were too many names to tell theirs apart.\n',
    '\n1,200 requests stand under "other": there were too many names to tell theirs apart.\n',
  ]);
});
