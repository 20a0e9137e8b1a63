import { join, relative, resolve } from 'node:path';
import { createAsker } from '../ask-lines.ts';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { note, styledError, writeOut } from '../terminal.ts';

export const pluginsNew = defineCommand({
  name: 'plugins new',
  summary: 'Begin a plugin of your own',
  argument: '<name>',
  description: `Makes a folder with a plugin in TypeScript that works at once: manifest, source, tests, README. Node runs it as it is, so that
there is nothing to install or build until you publish it. Nothing is ever overwritten.
At a terminal, kind and summary are asked for; elsewhere, and with --yes, it is a command.`,
  flags: {
    kind: { type: 'string', short: 'k', value: 'kind', description: 'command, provider, store or prices' },
    summary: { type: 'string', value: 'text', description: 'What it does, in one line' },
    folder: { type: 'string', value: 'folder', description: 'Where to make it (default: ./<name>)' },
    project: { type: 'boolean', description: 'Make it in .hotpath/plugins here, where it is used at once' },
    yes: { type: 'boolean', short: 'y', description: 'Ask nothing' },
    json: { type: 'boolean', description: 'Print one JSON object' },
  },
  examples: [
    'hotpath plugins new deploy',
    'hotpath plugins new acme-models --kind provider',
    'hotpath plugins new @acme/hotpath-shelf --kind store --folder ./plugins/shelf',
  ],
  async run({ flags, positionals, signal, catalogue }) {
    const { kindNames, kinds } = await import('../plugins/new/kinds.ts');
    const { parsePluginName } = await import('../plugins/new/plugin-name.ts');
    const { pluginFiles } = await import('../plugins/new/plugin-files.ts');
    const { writePlugin } = await import('../plugins/new/write-plugin.ts');
    const { version } = await import('@hotpath/runtime');

    const [name, ...others] = positionals;
    if (name === undefined || others.length > 0) throw usageError('Name one plugin.', 'plugins new');
    if (flags.project && flags.folder !== undefined) {
      throw usageError('Choose one of --project and --folder.', 'plugins new');
    }
    const kindOf = (text: string) => {
      const kind = kindNames.find((each) => each === text);
      if (kind !== undefined) return kind;
      const meant = nearest(text, kindNames);
      throw usageError(
        `--kind must be one of ${kindNames.join(', ')}, not "${text}".${meant === undefined ? '' : ` Did you mean "${meant}"?`}`,
        'plugins new',
      );
    };
    const given = flags.kind === undefined ? undefined : kindOf(flags.kind);
    const asks = !flags.yes && !flags.json && process.stdin.isTTY === true;
    const asker =
      asks && (given === undefined || flags.summary === undefined) ? await createAsker({ signal }) : undefined;
    try {
      const taken = catalogue.flatMap((entry) => [entry.name, entry.name.split(' ')[0] ?? '']);
      const kind =
        given ?? (asker ? kindOf(await asker.choose('What does it contribute?', kindNames, 'command')) : 'command');
      const names = parsePluginName(name, kind, ['help', ...taken]);
      const usual = kinds[kind].summary.split(':')[0] ?? '';
      const summary = flags.summary ?? (await asker?.text('What does it do, in one line?', usual)) ?? usual;
      const plugin = { ...names, summary: summary.replace(/\s+/g, ' ').replace(/\.\s*$/, '') };
      const folder = flags.project
        ? join(resolve('.hotpath', 'plugins'), names.folder)
        : resolve(flags.folder ?? names.folder);
      const files = pluginFiles(plugin, kinds[kind], version);
      await writePlugin(folder, files, signal);

      const shown = relative('.', folder) || '.';
      const next = [
        ...(flags.project ? [] : [`hotpath plugins link ${quoted(shown)}`]),
        kinds[kind].example(plugin),
        `cd ${quoted(shown)} && node --test`,
        'npm publish',
      ];
      if (flags.json) {
        await writeOut(`${JSON.stringify({ name, kind, folder, files: Object.keys(files), next })}\n`);
      } else {
        note(`Made ${styledError('bold', shown)}. Try next:\n${next.map((line) => `  ${line}`).join('\n')}`);
      }
      return 0;
    } finally {
      asker?.close();
    }
  },
});

const quoted = (path: string): string => (/\s/.test(path) ? `"${path}"` : path);
