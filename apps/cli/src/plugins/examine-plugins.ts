import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { LedgerEntry, PluginError, PluginInfo } from '@hotpath/runtime';
import type { CatalogueEntry } from '../command.ts';
import { type Check, failed, ok, warned } from '../doctor/check.ts';
import { describeError } from '../errors.ts';
import { showDuration } from '../figures.ts';
import { nameFault } from './command-names.ts';
import { removableLinks } from './link-folder.ts';
import { noneUsed, problemsOf, type Survey } from './survey.ts';

/** A finding, with the plugin that it is about. */
export interface PluginCheck extends Check {
  readonly plugin?: string;
}

/** Longer than this is noticed by whoever waits for it. */
const slowMs = 100;

/** That of a later place is left alone: users put plugins before others on purpose. */
const chosen = new Set(['PLUGIN_NAME_DUPLICATE']);

const howToMend = ({ code, plugin, path, via }: PluginError, { places }: Survey): string => {
  if (code === 'PLUGIN_QUARANTINED') return `hotpath plugins doctor --lift ${plugin}`;
  if (code === 'PLUGIN_DEPENDENCY_SKIPPED') return `hotpath plugins info ${via?.at(-1)}`;
  if (code === 'PLUGIN_MANIFEST_INVALID') return `Mend the manifest, or remove the plugin: ${path}`;
  if (code === 'PLUGIN_NAME_DUPLICATE') {
    // To disable it would leave out both.
    const command = removableLinks(places).get(path ?? '');
    return command === undefined ? 'Leave it so, or remove one.' : `${command}   removes this one.`;
  }
  return plugin === undefined ? 'Mend what it names.' : `hotpath plugins disable ${plugin}   leaves it out meanwhile.`;
};

const fromProblem = (survey: Survey, problem: PluginError): PluginCheck => ({
  ...(chosen.has(problem.code) ? warned : failed)(problem.code, problem.message, howToMend(problem, survey)),
  ...(problem.plugin !== undefined && { plugin: problem.plugin }),
});

const about = (plugin: PluginInfo, check: Check): PluginCheck => ({ ...check, plugin: plugin.manifest.name });

/** Commands that users can see in a manifest and never call. */
const findHiddenCommands = (plugin: PluginInfo, own: readonly CatalogueEntry[]): readonly PluginCheck[] =>
  (plugin.manifest.contributes.commands ?? []).flatMap(({ name }) => {
    const fault = nameFault(name, own);
    if (fault === undefined) return [];
    const text = `the command "${name}" of ${plugin.manifest.name} cannot be called: ${fault}.`;
    return [about(plugin, failed('PLUGIN_COMMAND_HIDDEN', text, `Name it otherwise in ${plugin.file}.`))];
  });

const examineFiles = async ({ host }: Survey, plugin: PluginInfo): Promise<readonly PluginCheck[]> => {
  const { name, main } = plugin.manifest;
  try {
    const { hasMain } = await host.facts(name);
    if (hasMain) return [];
    const text = `${join(plugin.folder, main)}, the module of ${name}, is not there.`;
    return [
      about(plugin, failed('PLUGIN_MAIN_MISSING', text, `Build the plugin, or correct "main" in ${plugin.file}.`)),
    ];
  } catch (error) {
    const { code, message } = describeError(error);
    return [about(plugin, failed(code, message, `Check who may read ${plugin.folder}.`))];
  }
};

/** What earlier processes went through with one that is still used. */
const findTrouble = (plugin: PluginInfo): readonly PluginCheck[] => {
  const { manifest, trouble, status } = plugin;
  if (trouble === undefined || status === 'quarantined' || status === 'failed') return [];
  const { crashes, failures, lastCode, isSuspect } = trouble;
  const told = [
    ...(failures > 0
      ? [`it failed ${failures === 1 ? 'once' : `${failures} times in a row`}, at last with ${lastCode}`]
      : []),
    ...(crashes > 0
      ? [`the process died ${crashes === 1 ? 'once' : `${crashes} times`} while it was being loaded`]
      : []),
    ...(isSuspect && crashes === 0 ? ['the process died while it and others were being loaded'] : []),
  ];
  if (told.length === 0) return [];
  const text = `${manifest.name} has given trouble: ${told.join('; ')}.`;
  return [about(plugin, warned('PLUGIN_TROUBLE', text, `hotpath plugins doctor ${manifest.name} --load   tries it.`))];
};

const findSlow = ({ plugin, totalMs, importMs = 0 }: LedgerEntry): readonly PluginCheck[] => {
  if (totalMs < slowMs) return [];
  const text = `${plugin} takes ${showDuration(totalMs)} to be loaded, ${showDuration(importMs)} of it to be imported.`;
  const fix = 'Whoever uses it waits for that: tell its author, or disable it.';
  return [{ ...warned('PLUGIN_SLOW', text, fix), plugin }];
};

/** Why a link cannot be followed, as a clause; undefined where it can. */
const linkFault = (link: string): string | undefined => {
  try {
    statSync(link);
    return undefined;
  } catch (error) {
    const { code, message } = describeError(error);
    if (code === 'ENOENT') return 'leads nowhere';
    return code === 'ELOOP' ? 'leads back to itself' : `cannot be followed (${message})`;
  }
};

const findBrokenLinks = ({ places }: Survey): readonly PluginCheck[] =>
  [...removableLinks(places)].flatMap(([link, command]) => {
    const fault = linkFault(link);
    if (fault === undefined) return [];
    return [failed('PLUGIN_LINK_BROKEN', `the link ${link} ${fault}.`, `${command}   removes the link.`)];
  });

/** What a configuration says to plugins that are not there. */
const findStraySettings = ({ host, settings }: Survey): readonly PluginCheck[] => {
  const known = new Set(host.plugins().map(({ manifest }) => manifest.name));
  const named = [
    ...Object.keys(settings.settings).map((name) => [`plugins.settings.${name}`, name] as const),
    ...settings.disabled.map((name) => ['plugins.disabled', name] as const),
  ];
  return named.flatMap(([setting, name]) =>
    known.has(name)
      ? []
      : [
          warned(
            'PLUGIN_SETTINGS_UNUSED',
            `${setting} is for "${name}", and there is no such plugin.`,
            'Remove it, or install the plugin.',
          ),
        ],
  );
};

const countOf = ({ host, settings }: Survey): Check => {
  if (!settings.enabled) {
    return warned('PLUGINS', noneUsed, 'hotpath config set plugins.enabled true');
  }
  const plugins = host.plugins();
  const usable = plugins.filter(({ status }) => status === 'ready' || status === 'active').length;
  return ok('PLUGINS', plugins.length === 0 ? 'there are no plugins.' : `${usable} of ${plugins.length} can be used.`);
};

/** Everything there is to say of the plugins, or of one of them. What was loaded before counts; nothing is loaded for it. */
export const examinePlugins = async (
  survey: Survey,
  own: readonly CatalogueEntry[],
  name?: string,
): Promise<readonly PluginCheck[]> => {
  const { host } = survey;
  const plugins = host.plugins().filter(({ manifest }) => name === undefined || manifest.name === name);
  const used = plugins.filter(({ status }) => status !== 'disabled');
  const checks = [
    ...problemsOf(survey).map((problem) => fromProblem(survey, problem)),
    ...used.flatMap((plugin) => findHiddenCommands(plugin, own)),
    ...(await Promise.all(used.map((plugin) => examineFiles(survey, plugin)))).flat(),
    ...used.flatMap(findTrouble),
    ...host.ledger().flatMap(findSlow),
    ...(name === undefined ? [...findBrokenLinks(survey), ...findStraySettings(survey)] : []),
  ];
  return [countOf(survey), ...checks.filter(({ plugin }) => name === undefined || plugin === name)];
};
