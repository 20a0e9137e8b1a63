import { configFlag, defineCommand } from '../command.ts';
import { pluginUnused } from '../errors.ts';
import { readName } from '../plugins/read-name.ts';
import { findPlugin, type Survey, withSurvey } from '../plugins/survey.ts';
import { writeOut } from '../terminal.ts';

const name = 'plugins enable';

/** Why a plugin that this user has not disabled is left out, with what to do. */
const whyUnused = ({ settings, configFile }: Survey, plugin: ReturnType<typeof findPlugin>): string | undefined => {
  const { manifest, status, error } = plugin;
  if (!settings.enabled)
    return 'plugins.enabled is false in the configuration. "hotpath config set plugins.enabled true" uses plugins again.';
  if (settings.disabled.includes(manifest.name))
    return `plugins.disabled of ${configFile ?? 'the configuration'} names it. Remove it there.`;
  if (status === 'quarantined') return `${error?.message} "hotpath plugins doctor --lift ${manifest.name}" lifts it.`;
  return error === undefined ? undefined : `${error.message} (${error.code})`;
};

/** Takes a plugin from the user's list. Returns whether it was there. */
const takeFromList = (survey: Survey, plugin: string): boolean => {
  // One that is not installed any more can still be on the list.
  if (!survey.userList.names().includes(plugin)) findPlugin(survey, plugin);
  return survey.userList.set(plugin, false);
};

export const pluginsEnable = defineCommand({
  name,
  summary: 'Use a plugin again that you have disabled',
  argument: '<name>',
  description: `Takes it from your list of disabled plugins. The exit code is 1 where it is left out all the same: because the configuration
disables it, because it is in quarantine, or because it cannot be used. Running servers use it from their next start on.`,
  flags: { json: { type: 'boolean', description: 'Print one JSON object' }, config: configFlag },
  examples: ['hotpath plugins enable acme-models'],
  async run({ flags, positionals }) {
    const plugin = readName(positionals, name);
    const changed = await withSurvey(flags.config, async (survey) => takeFromList(survey, plugin));
    // As it looks to the next process.
    return withSurvey(flags.config, async (survey) => {
      const found = survey.host.plugins().find(({ manifest }) => manifest.name === plugin);
      const why = found === undefined ? 'it is not installed.' : whyUnused(survey, found);
      if (why !== undefined) throw pluginUnused(plugin, why);
      if (flags.json) await writeOut(`${JSON.stringify({ plugin, enabled: true, changed })}\n`);
      else
        await writeOut(changed ? `The plugin ${plugin} is used again.\n` : `The plugin ${plugin} is in use already.\n`);
      return 0;
    });
  },
});
