import type { FlagSpecs, FlagValues, HotpathPlugin, PluginInvocation } from '@hotpath/runtime';
import { addEntry } from './add-entry.ts';
import { readCommits } from './read-commits.ts';

// #region command
const options = {
  since: { type: 'string', value: 'ref', description: 'Commits after this one (default: the last tag, or all)' },
  title: { type: 'string', short: 't', value: 'text', description: 'Heading of the entry (default: Unreleased)' },
  file: { type: 'string', value: 'file', description: 'Changelog to write to (default: CHANGELOG.md)' },
  model: { type: 'string', short: 'm', value: 'provider/model', description: 'Model to ask' },
  'dry-run': { type: 'boolean', description: 'Print the entry and write nothing' },
} satisfies FlagSpecs;

const task = `Write the entry of a changelog for the users of this project from its commits. A list in Markdown, each item one thing
that changed for them, the most important first. Leave out what users do not notice. No heading, nothing before or after the list.`;

export const changelog = {
  description: 'Reads git log, asks the model, and puts the entry at the top of the changelog.',
  flags: options,
  examples: ['hotpath changelog --dry-run', 'hotpath changelog --since v1.2.0 --title 1.3.0'],
  async run({ flags, json, signal, write, note, hotpath }: PluginInvocation<FlagValues<typeof options>>) {
    const { title = 'Unreleased', file = 'CHANGELOG.md', model } = flags;
    const { since, commits } = await readCommits(flags.since, signal);
    if (commits.length === 0) {
      note(`Nothing was committed since ${since}.`);
      return 1;
    }
    const { router } = await hotpath();
    const answer = await router.query({ system: task, prompt: commits.join('\n\n'), ...(model && { model }), signal });
    const entry = `## ${title}\n\n${answer.text.trim()}\n`;
    if (!flags['dry-run']) await addEntry(file, entry);
    if (json) {
      const { text, model: asked, costUsd = null } = answer;
      const told = { title, text, since, commits: commits.length, file: flags['dry-run'] ? null : file };
      await write(`${JSON.stringify({ ...told, model: asked, costUsd })}\n`);
    } else if (flags['dry-run']) await write(entry);
    else note(`Added ${commits.length} commits since ${since} to ${file} as "${title}".`);
    return 0;
  },
};

export default { activate: () => ({ commands: { changelog } }) } satisfies HotpathPlugin;
// #endregion command
