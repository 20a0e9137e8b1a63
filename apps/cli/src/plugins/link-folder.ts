import { lstatSync, readlinkSync, realpathSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { linkRefused } from '../errors.ts';
import { makeFolder, sharedFolder } from '../make-folder.ts';

/** What a plugin's link is called: a scope is no folder of its own, where nobody would look into it. */
const linkName = (plugin: string): string => plugin.replace(/[\\/]/g, '__');

const statOf = (path: string) => {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
};

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
export const linkFolder = (plugins: string, plugin: string, folder: string): Linked => {
  const link = join(plugins, linkName(plugin));
  const there = statOf(link);
  if (there !== undefined) {
    if (real(link) === real(folder)) return { link, isNew: false };
    const what = there.isSymbolicLink() ? `a link to ${readlinkSync(link)}` : 'there already, and no link';
    const how = there.isSymbolicLink() ? `"hotpath plugins unlink ${plugin}" removes it.` : 'Move it away first.';
    throw linkRefused(`${link} is ${what}. ${how}`);
  }
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
