import { existsSync, realpathSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { PluginFacts, PluginInfo } from '@hotpath/runtime';
import { type CatalogueEntry, configFlag, defineCommand } from '../command.ts';
import { showBytes, showCount } from '../figures.ts';
import { nameFault } from '../plugins/command-names.ts';
import { loadPlugins, renderLedger } from '../plugins/load-plugins.ts';
import { showStatus, viewOf } from '../plugins/plugin-view.ts';
import { readName } from '../plugins/read-name.ts';
import { dependantsOf, findPlugin, type Survey, withSurvey } from '../plugins/survey.ts';
import { note, styledOut, writeOut } from '../terminal.ts';
import { columnsOf, wrapValues } from '../wrap.ts';

/** Where a link leads; null for what is none. */
const targetOf = (folder: string): string | null => {
  try {
    const real = realpathSync(folder);
    return real === folder ? null : real;
  } catch {
    return null;
  }
};

/** The module that is loaded, as the manifest names it: the loader takes that for development where it is there, but for installed packages. */
const loadedModule = ({ folder, manifest: { main, development } }: PluginInfo): string => {
  if (development === undefined || !existsSync(join(folder, development))) return main;
  return realpathSync(folder).includes(`${sep}node_modules${sep}`) ? main : development;
};

const showModule = ({ loads, main, development, files }: Details): string => {
  const told = files?.hasMain === false ? `${loads}, which is not there` : loads;
  if (development === null) return told;
  return loads === main ? `${told} (in development ${development})` : `${told} (once installed ${main})`;
};

const collect = async (survey: Survey, plugin: PluginInfo, own: readonly CatalogueEntry[]) => {
  const { host, settings } = survey;
  const { manifest, file, folder, source, trouble = null } = plugin;
  const { name, host: hostRange, core, worker, activates, dependencies, main, development = null } = manifest;
  const facts: PluginFacts | undefined = await host.facts(name).catch(() => undefined);
  const hidden = (manifest.contributes.commands ?? []).flatMap((command) => {
    const reason = nameFault(command.name, own);
    return reason === undefined ? [] : [{ command: command.name, reason }];
  });
  return {
    ...viewOf(survey, plugin),
    manifest: file,
    sourceId: source,
    linkedTo: targetOf(folder),
    host: hostRange,
    core,
    worker,
    activates,
    main,
    development,
    loads: loadedModule(plugin),
    dependencies,
    dependants: dependantsOf(host.plugins(), name),
    hidden,
    /** Their names alone: values may be secret. */
    settings: Object.keys(settings.settings[name] ?? {}),
    files: facts && { count: facts.files, bytes: facts.bytes, changedAt: facts.changedAt, hasMain: facts.hasMain },
    trouble,
    problems: host.problems().flatMap(({ plugin: of, code, message }) => (of === name ? [{ code, message }] : [])),
  };
};

type Details = Awaited<ReturnType<typeof collect>>;

const whenLoaded = ({ core, activates }: Details): string => {
  if (core) return 'at every start, before others (core)';
  return ['at first use', ...activates].join(', ');
};

const showTrouble = ({ crashes, failures, lastCode, quarantinedAt }: NonNullable<Details['trouble']>): string =>
  [
    ...(failures > 0 ? [failures === 1 ? 'one failure' : `${failures} failures in a row`] : []),
    ...(crashes > 0 ? [crashes === 1 ? 'one crash' : `${crashes} crashes`] : []),
    ...(lastCode === undefined ? [] : [`at last ${lastCode}`]),
    ...(quarantinedAt === undefined ? [] : [`in quarantine since ${quarantinedAt}`]),
  ].join(', ');

const render = (details: Details): string => {
  const { name, version, description, source, folder, linkedTo, manifest, host, dependencies, dependants } = details;
  const { contributes, hidden, settings, files, trouble, worker, reason } = details;
  const needed = Object.entries(dependencies).map(([each, range]) => `${each} ${range}`);
  const rows: [string, string][] = [
    ['Plugin', `${name} ${version}`],
    ...(description === null ? [] : [['About', description] as [string, string]]),
    ['Status', showStatus(details)],
    ...(reason === null ? [] : [['Why', `${reason.code}: ${reason.message}`] as [string, string]]),
    ['From', `${source}, ${manifest}`],
    ['Folder', linkedTo === null ? folder : `${folder}, a link to ${linkedTo}`],
    ['Module', showModule(details)],
    ['Host', host],
    ['Loaded', `${whenLoaded(details)}${worker ? ', in a thread of its own' : ''}`],
    ...(needed.length === 0 ? [] : [['Needs', needed.join(', ')] as [string, string]]),
    ...(dependants.length === 0 ? [] : [['Needed by', dependants.join(', ')] as [string, string]]),
    ...(settings.length === 0 ? [] : [['Settings', settings.join(', ')] as [string, string]]),
    ...(files === undefined
      ? []
      : [
          ['Files', `${showCount(files.count)}, ${showBytes(files.bytes)}, changed ${files.changedAt}`] as [
            string,
            string,
          ],
        ]),
    ...(trouble === null ? [] : [['Trouble', showTrouble(trouble)] as [string, string]]),
  ];
  const columns = columnsOf(process.stdout);
  const offered = contributes.map(({ kind, name: each, summary }): [string, string] => {
    const fault = kind === 'command' ? hidden.find(({ command }) => command === each)?.reason : undefined;
    return [`${kind} ${each}`, `${summary ?? ''}${fault === undefined ? '' : ` (cannot be called: ${fault})`}`.trim()];
  });
  const contributions =
    offered.length === 0 ? '' : `\n${styledOut('bold', 'Contributes')}\n${wrapValues(offered, columns, '  ')}`;
  return `${wrapValues(rows, columns)}${contributions}`;
};

export const pluginsInfo = defineCommand({
  name: 'plugins info',
  summary: 'Show everything that is known of a plugin',
  argument: '<name>',
  description: `Looks at its manifest and its files; no code of it is loaded, unless --load is given. Of its settings the names are
shown. The exit code is 1 where --load was given and it cannot be loaded.`,
  flags: {
    load: { type: 'boolean', description: 'Load it, with those it needs, and show how long that takes' },
    json: { type: 'boolean', description: 'Print one JSON object' },
    config: configFlag,
  },
  examples: ['hotpath plugins info acme-models', 'hotpath plugins info acme-models --load'],
  async run({ flags, positionals, signal, catalogue }) {
    const name = readName(positionals, 'plugins info');
    return withSurvey(flags.config, async (survey) => {
      const { host } = survey;
      findPlugin(survey, name);
      if (flags.load) await loadPlugins(host, [name], signal);
      const details = await collect(survey, findPlugin(survey, name), catalogue);
      const ledger = flags.load ? host.ledger() : null;
      if (flags.json) await writeOut(`${JSON.stringify({ plugin: details, ledger })}\n`);
      else {
        await writeOut(render(details) + renderLedger('Loading', ledger ?? []));
        if (details.reason !== null) note(`"hotpath plugins doctor ${name}" says how to mend it.`);
      }
      return flags.load && details.status !== 'active' ? 1 : 0;
    });
  },
});
