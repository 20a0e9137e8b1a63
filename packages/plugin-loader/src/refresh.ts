import nodeModule from 'node:module';
import { sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fs } from './file-system.ts';

const parameter = 'hotpath-revision';
let isHooked = false;

interface Resolved {
  readonly url: string;
}

interface ModuleHooks {
  registerHooks?(hooks: {
    resolve(
      specifier: string,
      context: { readonly parentURL?: string | undefined },
      next: (specifier: string, context: object) => Resolved,
    ): Resolved;
  }): unknown;
}

/** By the folder's address. Kept for the whole process, as its modules are: another host must not import what is old. */
const revisions = new Map<string, number>();

/** Where the folder really is: Node imports through links what they lead to. */
const addressOf = (folder: string): string => {
  let path = folder;
  try {
    path = fs.realpathSync(folder);
  } catch {
    // It is gone: its import will say so.
  }
  return pathToFileURL(path + sep).href;
};

/** The revision that a file's importer was read at, where the file belongs to the same plugin. */
const revisionFor = (url: string, parentUrl: string | undefined): number | undefined => {
  if (parentUrl === undefined || !parentUrl.includes(`${parameter}=`) || !url.startsWith('file:')) return undefined;
  if (url.includes('/node_modules/')) return undefined;
  for (const folder of revisions.keys()) {
    if (url.startsWith(folder) && parentUrl.startsWith(folder))
      return Number(new URL(parentUrl).searchParams.get(parameter));
  }
  return undefined;
};

/**
 * Where Node can (`module.registerHooks`, 22.15), imports within a plugin take on the revision of who imports them. Elsewhere only
 * the main module is read anew.
 */
const hook = (): void => {
  if (isHooked) return;
  isHooked = true;
  const { registerHooks } = nodeModule as unknown as ModuleHooks;
  registerHooks?.({
    resolve: (specifier, context, next) => {
      const resolved = next(specifier, context);
      const revision = revisionFor(resolved.url, context.parentURL);
      if (revision === undefined || resolved.url.includes(`${parameter}=`)) return resolved;
      return { ...resolved, url: `${resolved.url}${resolved.url.includes('?') ? '&' : '?'}${parameter}=${revision}` };
    },
  });
};

/** Has the files of a folder read anew by whoever imports them from now on. What was loaded before stays in memory: for development. */
export const revise = (folder: string): void => {
  const address = addressOf(folder);
  revisions.set(address, (revisions.get(address) ?? 0) + 1);
  hook();
};

/** The address of a module as its folder was last revised. */
export const revisedUrl = (href: string, folder: string): string => {
  const revision = revisions.size === 0 ? undefined : revisions.get(addressOf(folder));
  return revision === undefined ? href : `${href}?${parameter}=${revision}`;
};
