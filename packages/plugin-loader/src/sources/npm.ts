import { join, resolve, sep } from 'node:path';
import type { FoundPlugin, PluginSource, SourceContext } from '../source.ts';
import { packagedManifest, readPluginFile } from './manifest-files.ts';

export interface NpmSourceOptions {
  /** Folder whose `node_modules` is looked through. */
  readonly root: string;
  /** The keyword by which packages say that they are plugins. @default 'hotpath-plugin' */
  readonly keyword?: string | undefined;
}

const hasKeyword = (json: unknown, keyword: string): boolean => {
  const keywords = (json as { readonly keywords?: unknown } | null)?.keywords;
  return Array.isArray(keywords) && keywords.includes(keyword);
};

/**
 * The packages in `node_modules`, scoped ones too, that have the keyword. Each is described by the field `hotpath` of its
 * `package.json`, or by a `plugin.json` beside it.
 */
export const npmSource = ({ root, keyword = 'hotpath-plugin' }: NpmSourceOptions): PluginSource => {
  const modules = join(resolve(root), 'node_modules');

  // Nothing is kept of the many packages that are no plugins but that they are none.
  const pick = (json: unknown): unknown => (hasKeyword(json, keyword) ? (packagedManifest(json) ?? null) : undefined);

  const readPackage = (folder: string, context: SourceContext): FoundPlugin | undefined => {
    const file = `${folder}${sep}package.json`;
    const found = context.read(file, pick);
    if (found === undefined) return undefined;
    if ('error' in found) {
      // A package.json that is no JSON cannot say that it is a plugin.
      return found.error.field !== undefined ? { folder, file, manifest: found.error } : undefined;
    }
    if (found.value === undefined) return undefined;
    if (found.value !== null) return { folder, file, manifest: found.value };
    return readPluginFile(folder, context) ?? { folder, file, manifest: {} };
  };

  return {
    id: `npm ${keyword} ${modules}`,
    basis: '',
    list: (context) =>
      context.names(modules).flatMap((name) => {
        if (name.startsWith('.')) return [];
        const folder = `${modules}${sep}${name}`;
        if (!name.startsWith('@')) return readPackage(folder, context) ?? [];
        return context.names(folder).flatMap((each) => readPackage(`${folder}${sep}${each}`, context) ?? []);
      }),
  };
};
