import { describe, expect, it } from 'vitest';
import { readFamily, shellFamilies } from './support/catalogue.ts';
import { inParallel, isHere, type Recovery, recover } from './support/recover.ts';

// Each case lays out a folder of its own, lets its command fail, asks for corrections, and runs the corrected command in the same folder.
// Where a tool is not on this machine, what it said elsewhere is taken, and the corrected line is compared.
const families = shellFamilies.filter((family) => family !== 'unfixable');

const explain = (recovery: Recovery): string =>
  `${recovery.id}: ${recovery.failure.line} => ${recovery.suggestions[0]?.change.line ?? 'nothing'} ${recovery.complaint ?? ''}`;

describe('failures that can be mended', () => {
  const all = families.flatMap((family) => readFamily(family));

  it('are at least 120, of at least 15 tools, each recorded from the real one', () => {
    expect(all.length).toBeGreaterThanOrEqual(120);
    expect(new Set(all.flatMap(({ tools }) => tools)).size).toBeGreaterThanOrEqual(15);
    expect(all.filter(({ recorded }) => recorded === undefined).map(({ id }) => id)).toEqual([]);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  });

  for (const family of families)
    it(`mends ${family}`, async ({ annotate }) => {
      const items = readFamily(family);
      // Without its tools a case cannot be laid out where its folder is made by them.
      const possible = items.filter((item) => isHere(item) || item.setup?.commands === undefined);
      const recoveries = await inParallel(possible, 2, (item) => recover(item, isHere(item) ? 'run' : 'recorded'));
      const missed = recoveries.filter(({ first }) => !first).map(explain);
      await annotate(
        `${possible.length - missed.length} of ${possible.length} mended; ${items.length - possible.length} without their tools`,
      );
      // Other versions of the tools use other words: a few may be missed.
      expect(missed.length, missed.join('\n')).toBeLessThanOrEqual(Math.ceil(possible.length * 0.04));
    }, 60_000);
});
