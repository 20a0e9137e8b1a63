import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { PluginManifest } from '@hotpath/runtime';
import { configFlag, defineCommand } from '../command.ts';
import { describeError, linkRefused, usageError } from '../errors.ts';
import { linkFolder } from '../plugins/link-folder.ts';
import { noneUsed, withSurvey } from '../plugins/survey.ts';
import { warn, writeOut } from '../terminal.ts';

const howToBegin = 'Name the folder of a plugin, or begin one with "hotpath plugins new <name>".';

/** The manifest of the plugin in a folder. Rejects with what is wrong with either. */
const readFolder = async (folder: string): Promise<PluginManifest> => {
  const { readPlugin } = await import('@hotpath/runtime');
  try {
    if (!statSync(folder).isDirectory()) throw linkRefused(`${folder} is no folder. ${howToBegin}`);
    return await readPlugin(folder);
  } catch (error) {
    const { code, message } = describeError(error);
    if (code === 'ENOENT') throw linkRefused(`there is no folder ${folder}. ${howToBegin}`);
    if (code === 'ELOOP') throw linkRefused(`${folder} is a link that leads back to itself. ${howToBegin}`);
    if (code.startsWith('E')) throw linkRefused(`${folder} cannot be looked at (${message}). Check who may read it.`);
    const { path } = error as { readonly path?: string };
    if (code !== 'PLUGIN_MANIFEST_INVALID' || path === undefined || existsSync(path)) throw error;
    throw linkRefused(
      `${folder} has no manifest: neither a plugin.json nor a package.json with "hotpath". Add one, or begin a plugin with "hotpath plugins new <name>".`,
    );
  }
};

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
    const folder = resolve(given);
    const { name: plugin, version } = await readFolder(folder);
    const linked = await withSurvey(flags.config, async ({ places }) =>
      linkFolder(flags.project ? places.project : places.user, plugin, folder, flags.project),
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
      if (!survey.settings.enabled) warn(noneUsed);
      else if (!isUsed && found !== undefined) warn(`another ${plugin} goes before it and is used: ${found.folder}.`);
      else if (found?.error !== undefined) warn(found.error.message);
      else if (found !== undefined && !(await survey.host.facts(plugin)).hasMain)
        warn(`${found.manifest.main} is not there yet: build the plugin before you use it.`);
      return 0;
    });
  },
});
