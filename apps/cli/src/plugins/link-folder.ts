import { lstatSync, readdirSync, readlinkSync, realpathSync, symlinkSync, unlinkSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { PluginPlaces } from '@hotpath/runtime';
import { linkRefused } from '../errors.ts';
import { makeFolder, sharedFolder } from '../make-folder.ts';

/** What a plugin's link is called: a scope is no folder of its own, where nobody would look into it. */
export const linkName = (plugin: string): string => plugin.replace(/[\\/]/g, '__');

const statOf = (path: string) => {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
};

/** The links in a folder, by their paths; none where it is not to be read. */
const linksIn = (folder: string): readonly string[] => {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isSymbolicLink()).map(({ name }) => join(folder, name));
  } catch {
    return [];
  }
};

/** The command that removes a link. */
const unlinkCommand = (link: string, isOfProject: boolean): string =>
  `hotpath plugins unlink ${basename(link)}${isOfProject ? ' --project' : ''}`;

/** The links among the plugins of project and user, each with the command that removes it. */
export const removableLinks = ({
  project,
  user,
}: Pick<PluginPlaces, 'project' | 'user'>): ReadonlyMap<string, string> =>
  new Map([
    ...linksIn(project).map((link) => [link, unlinkCommand(link, true)] as const),
    ...linksIn(user).map((link) => [link, unlinkCommand(link, false)] as const),
  ]);

/** The path as it is without links; itself where it is not there. */
const real = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
};

export interface Linked {
  readonly link: string;
  /** False where the same link was there before. */
  readonly isNew: boolean;
}

/** Makes a link to a plugin's folder in a folder of plugins. Never takes the place of what is there. */
export const linkFolder = (plugins: string, plugin: string, folder: string, isOfProject: boolean): Linked => {
  const link = join(plugins, linkName(plugin));
  const target = real(folder);
  const there = statOf(link);
  if (there?.isSymbolicLink()) {
    if (real(link) === target) return { link, isNew: false };
    throw linkRefused(`${link} is a link to ${readlinkSync(link)}. "${unlinkCommand(link, isOfProject)}" removes it.`);
  }
  if (there !== undefined)
    throw linkRefused(
      `${link} is there already, and no link. ${real(link) === target ? 'It is the plugin itself, which needs none.' : 'Move it away first.'}`,
    );
  const other = linksIn(plugins).find((each) => real(each) === target);
  if (other !== undefined)
    throw linkRefused(
      `${folder} is linked already, as ${other}. "${unlinkCommand(other, isOfProject)}" removes that link, and then this one can be made.`,
    );
  makeFolder(plugins, sharedFolder);
  // On Windows, links to folders need rights that users seldom have; junctions do not, and elsewhere the word means nothing.
  symlinkSync(resolve(folder), link, 'junction');
  return { link, isNew: true };
};

/** Removes a plugin's link. Returns where it led. Never removes anything but a link. */
export const unlinkFolder = (plugins: string, plugin: string): string | undefined => {
  const link = join(plugins, linkName(plugin));
  const there = statOf(link);
  if (there === undefined) return undefined;
  if (!there.isSymbolicLink())
    throw linkRefused(`${link} is no link but the plugin itself. Delete it yourself if that is what you want.`);
  const target = resolve(dirname(link), readlinkSync(link));
  unlinkSync(link);
  return target;
};
