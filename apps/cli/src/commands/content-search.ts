import { defineCommand } from '../command.ts';
import { contentFlags, keyIdOf, withContent } from '../content/open-content.ts';
import { usageError } from '../errors.ts';
import { note, writeOut } from '../terminal.ts';

const name = 'content search';

export const contentSearch = defineCommand({
  name,
  summary: 'Find words in prompts and answers that were captured',
  argument: '[words...]',
  description: `The newest first; without words, what was captured last. Each word must be there, in the prompt or the answer; words
in quotation marks stand one after another, and invoic* also finds invoices. Prompts and answers are captured only where
telemetry.content.enabled of the configuration is true: "hotpath config set telemetry.content.enabled true", after "hotpath
init --yes" where there is no configuration file. A gateway that runs has to be started again.`,
  flags: {
    key: { type: 'strings', short: 'k', value: 'name|id', description: 'With this key alone, or with these' },
    model: { type: 'strings', short: 'm', value: 'name', description: 'Of this model alone, or of these' },
    agent: { type: 'strings', short: 'a', value: 'name', description: 'Of this agent alone, or of these' },
    since: {
      type: 'string',
      value: 'time',
      description: 'From when: 2026-11-20, 2026-11-20T08:00, or 36h for 36 hours ago',
    },
    limit: { type: 'number', integer: true, between: [1, 10_000], description: 'How many at most (default: 20)' },
    before: {
      type: 'number',
      integer: true,
      between: [1, 2 ** 48],
      description: 'Only what is older than the one of this id',
    },
    ...contentFlags,
  },
  examples: [
    'hotpath content search refund invoice',
    `hotpath content search '"out of memory"' --since 36h`,
    'hotpath content search --key laptop --model gpt-4.1-mini --json',
  ],
  async run({ flags, positionals }) {
    const { readTime } = await import('../analytics/read-time.ts');
    const { key: keys, model, agent, since, limit = 20, before } = flags;
    const fromMs = since === undefined ? undefined : readTime(since, Date.now());
    if (since !== undefined && fromMs === undefined)
      throw usageError(
        `--since must be a time such as 2026-11-20, 2026-11-20T08:00 or 36h (ago), not "${since}".`,
        name,
      );
    const where = {
      ...(keys.length > 0 && { key: await Promise.all(keys.map(keyIdOf)) }),
      ...(model.length > 0 && { model }),
      ...(agent.length > 0 && { agent }),
    };
    const text = positionals.length === 0 ? undefined : positionals.join(' ');
    return withContent(flags, name, async ({ store, isCapturing, explainNothing }) => {
      const found = store?.search({ text, fromMs, where, before, limit: limit + 1 }) ?? [];
      const entries = found.slice(0, limit);
      const last = entries.at(-1);
      const next = found.length > limit && last !== undefined ? last.id : null;
      if (flags.json) await writeOut(`${JSON.stringify({ version: 1, isCapturing, entries, next })}\n`);
      else if (entries.length === 0) await explainNothing();
      else {
        const { renderFound } = await import('../content/show-entries.ts');
        await writeOut(renderFound(entries));
        if (next !== null) note(`There are more: --before ${next} shows what is older.`);
      }
      return 0;
    });
  },
});
