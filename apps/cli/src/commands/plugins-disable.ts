import { configFlag, defineCommand } from '../command.ts';
import { readName } from '../plugins/read-name.ts';
import { dependantsOf, disabledBy, findPlugin, withSurvey } from '../plugins/survey.ts';
import { warn, writeOut } from '../terminal.ts';

const name = 'plugins disable';

export const pluginsDisable = defineCommand({
  name,
  summary: 'Leave a plugin out',
  argument: '<name>',
  description: `Puts it on your list of disabled plugins, which holds in every project. Plugins that need it are skipped. Running servers go on
with it until they are started again.`,
  flags: { json: { type: 'boolean', description: 'Print one JSON object' }, config: configFlag },
  examples: ['hotpath plugins disable acme-models', 'hotpath plugins enable acme-models'],
  async run({ flags, positionals }) {
    const plugin = readName(positionals, name);
    return withSurvey(flags.config, async (survey) => {
      const { host, userList, configFile } = survey;
      findPlugin(survey, plugin);
      const before = disabledBy(survey, plugin);
      const changed = before === null && userList.set(plugin, true);
      const plugins = host.plugins();
      const used = new Set(plugins.flatMap(({ manifest, status }) => (status === 'ready' ? [manifest.name] : [])));
      const skipped = changed ? dependantsOf(plugins, plugin).filter((each) => used.has(each)) : [];
      if (flags.json) {
        await writeOut(`${JSON.stringify({ plugin, enabled: false, changed, skipped })}\n`);
        return 0;
      }
      const already =
        before === 'configuration'
          ? `The plugin ${plugin} is disabled already, by plugins.disabled of ${configFile ?? 'the configuration'}.`
          : `The plugin ${plugin} is disabled already.`;
      await writeOut(
        `${changed ? `The plugin ${plugin} is not used any more. To undo: hotpath plugins enable ${plugin}` : already}\n`,
      );
      if (skipped.length > 0) warn(`skipped with it, since they need it: ${skipped.join(', ')}.`);
      return 0;
    });
  },
});
