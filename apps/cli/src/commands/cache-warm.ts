import { findSettings, withStores } from '../cache-stores.ts';
import { configFlag, defineCommand } from '../command.ts';
import { showBytes, showCount, showDuration, showEntries } from '../figures.ts';
import { note, styledOut, writeOut } from '../terminal.ts';

const shownKeys = 10;

export const cacheWarm = defineCommand({
  name: 'cache warm',
  summary: 'Measure what a server brings into memory when it starts',
  description: `A server warms its own memory after its start (cache.warmEntries, cache.warmBudgetMs), and nobody can do that for it. This
does the same in memory of its own, says what came of it and lets it go: it shows whether the budget is enough. Keys of
entries that were invalidated are not counted.`,
  flags: {
    top: {
      type: 'number',
      integer: true,
      between: [1, 1_000_000],
      description: 'How many keys at most (default: cache.warmEntries)',
    },
    'budget-ms': {
      type: 'number',
      between: [1, 3_600_000],
      description: 'For how long at most, milliseconds (default: cache.warmBudgetMs)',
    },
    json: { type: 'boolean', description: 'Print one JSON object with all the keys' },
    config: configFlag,
  },
  examples: ['hotpath cache warm', 'hotpath cache warm --top 5000 --budget-ms 2000 --json | jq .durationMs'],
  async run({ flags, signal }) {
    const { measureWarmUp } = await import('@hotpath/runtime');
    const settings = await findSettings(flags.config);
    if (settings.warmEntries === 0) note('cache.warmEntries is 0: a server warms nothing when it starts.');
    const top = flags.top ?? (settings.warmEntries || 1_000);
    const budgetMs = flags['budget-ms'] ?? settings.warmBudgetMs;
    const result = await withStores(settings, (stores) => measureWarmUp(settings, stores, { top, budgetMs, signal }), {
      onlyReads: true,
    });
    if (flags.json) {
      await writeOut(`${JSON.stringify({ ...result, top, budgetMs })}\n`);
      return 0;
    }
    const { keys, entries, bytes, durationMs, complete } = result;
    if (keys.length === 0) {
      note('No use is remembered of an entry that is still valid: servers note which answers are asked for again.');
      return 0;
    }
    await writeOut(
      `${showEntries(entries)} of ${showCount(keys.length)} remembered, ${showBytes(bytes)} of memory, in ${showDuration(durationMs)}${
        complete ? '' : ` (the budget of ${showDuration(budgetMs)} was not enough)`
      }\n\n${styledOut('bold', 'Most used first')}\n${keys
        .slice(0, shownKeys)
        .map((key) => `  ${key}\n`)
        .join('')}${keys.length > shownKeys ? `  and ${showCount(keys.length - shownKeys)} more: --json\n` : ''}`,
    );
    return 0;
  },
});
