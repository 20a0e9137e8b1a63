/** What to do about rules of which that is not plain, by their names. */
export const advice: Readonly<Record<string, string>> = {
  'cache-hit-rate':
    'A cache that is new, or is seldom asked the same twice, is like this: wait, or give the rule another threshold under alerts.',
};
