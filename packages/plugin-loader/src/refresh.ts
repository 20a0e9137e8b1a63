import nodeModule from 'node:module';
import { sep } from 'node:path';
import { pathToFileURL } from 'node:url';

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

const refreshed = new Map<string, number>();

/** The revision that a file's importer was read at, where the file belongs to the same plugin. */
const revisionFor = (url: string, parentUrl: string | undefined): number | undefined => {
  if (parentUrl === undefined || !parentUrl.includes(`${parameter}=`) || !url.startsWith('file:')) return undefined;
  if (url.includes('/node_modules/')) return undefined;
  for (const folder of refreshed.keys()) {
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

/** An address at which a module is not in the cache of modules yet. What was loaded before stays in memory: for development. */
export const refreshedUrl = (href: string, folder: string, revision: number): string => {
  refreshed.set(pathToFileURL(folder + sep).href, revision);
  hook();
  return `${href}?${parameter}=${revision}`;
};
