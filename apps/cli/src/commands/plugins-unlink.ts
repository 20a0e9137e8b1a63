import { configFlag, defineCommand } from '../command.ts';
import { linkRefused } from '../errors.ts';
import { removableLinks, unlinkFolder } from '../plugins/link-folder.ts';
import { readName } from '../plugins/read-name.ts';
import { findPlugin, withSurvey } from '../plugins/survey.ts';
import { writeOut } from '../terminal.ts';

const name = 'plugins unlink';

export const pluginsUnlink = defineCommand({
  name,
  summary: 'Remove the link to a plugin',
  argument: '<name>',
  description: 'Removes the link alone, never the folder that it leads to.',
  flags: {
    project: { type: 'boolean', description: 'From the plugins of this project, .hotpath/plugins' },
    json: { type: 'boolean', description: 'Print one JSON object' },
    config: configFlag,
  },
  examples: ['hotpath plugins unlink acme-models', 'hotpath plugins unlink acme-models --project'],
  async run({ flags, positionals }) {
    const plugin = readName(positionals, name);
    return withSurvey(flags.config, async (survey) => {
      const { project, user } = survey.places;
      const folder = flags.project ? project : user;
      const target = unlinkFolder(folder, plugin);
      if (target === undefined) {
        // A plugin that is elsewhere, or none at all.
        const found = findPlugin(survey, plugin);
        const command = removableLinks(survey.places).get(found.folder);
        const how =
          command === undefined
            ? 'That is no link: remove it yourself if that is what you want.'
            : `"${command}" removes that link.`;
        throw linkRefused(`${plugin} is not linked in ${folder}, but found in ${found.folder}. ${how}`);
      }
      if (flags.json) await writeOut(`${JSON.stringify({ plugin, folder: target })}\n`);
      else await writeOut(`Unlinked ${plugin}. It stays in ${target}.\n`);
      return 0;
    });
  },
});
