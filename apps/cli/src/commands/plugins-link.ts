import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { configFlag, defineCommand } from '../command.ts';
import { linkRefused, usageError } from '../errors.ts';
import { linkFolder } from '../plugins/link-folder.ts';
import { withSurvey } from '../plugins/survey.ts';
import { warn, writeOut } from '../terminal.ts';

export const pluginsLink = defineCommand({
  name: 'plugins link',
  summary: 'Use a plugin from the folder that you work on it in',
  argument: '<folder>',
  description: `Makes a link to the folder, which must have a manifest without faults, among your plugins; nothing is overwritten. While
"hotpath serve" runs, a linked plugin is loaded anew whenever its files change.`,
  flags: {
    project: { type: 'boolean', description: 'Among the plugins of this project, .hotpath/plugins' },
    json: { type: 'boolean', description: 'Print one JSON object' },
    config: configFlag,
  },
  examples: [
    'hotpath plugins link .',
    'hotpath plugins link ../acme-models --project',
    'hotpath plugins unlink acme-models',
  ],
  async run({ flags, positionals }) {
    const [given] = positionals;
    if (given === undefined || positionals.length > 1) throw usageError('Name one folder.', 'plugins link');
    const { readPlugin } = await import('@hotpath/runtime');
    const folder = resolve(given);
    if (!existsSync(folder)) throw linkRefused(`there is no folder ${folder}. Name that of a plugin.`);
    const { name: plugin, version } = await readPlugin(folder);
    const linked = await withSurvey(flags.config, async ({ places }) =>
      linkFolder(flags.project ? places.project : places.user, plugin, folder),
    );
    // As it looks to the next process.
    return withSurvey(flags.config, async (survey) => {
      const found = survey.host.plugins().find(({ manifest }) => manifest.name === plugin);
      const isUsed = found?.folder === linked.link;
      if (flags.json) {
        const { link, isNew } = linked;
        const status = isUsed ? found.status : 'unused';
        await writeOut(`${JSON.stringify({ plugin, version, link, folder, isNew, status })}\n`);
      } else {
        await writeOut(
          `${linked.isNew ? `Linked ${plugin} ${version}` : `${plugin} ${version} is linked already`}: ${linked.link}\n`,
        );
      }
      if (!survey.settings.enabled) warn('plugins.enabled is false in the configuration: none is used.');
      else if (!isUsed && found !== undefined) warn(`another ${plugin} goes before it and is used: ${found.folder}.`);
      else if (found?.error !== undefined) warn(found.error.message);
      else if (found !== undefined && !(await survey.host.facts(plugin)).hasMain)
        warn(`${found.manifest.main} is not there yet: build the plugin before you use it.`);
      return 0;
    });
  },
});
