import { join, resolve } from 'node:path';

/** The names a configuration file may have. */
const names: readonly string[] = ['ts', 'mts', 'json', 'yaml', 'yml'].map((extension) => `hotpath.config.${extension}`);

/** Where a configuration file may be: the one that is named, or one of those in each folder, the first folder first. */
export type ConfigPlaces =
  | { readonly named: string; readonly askedBy: '--config' | 'HOTPATH_CONFIG' }
  | { readonly folders: readonly (readonly string[])[] };

export interface ConfigPlacesOptions {
  /** Folder to look in first. @default the working folder */
  readonly folder?: string | undefined;
  /** The user's own configuration folder, looked in last. */
  readonly userFolder: string;
  /** A file to use whatever else there is. */
  readonly file?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The places, all absolute: `file`, else `HOTPATH_CONFIG`, else the working folder, then the user's folder. */
export const configPlaces = (options: ConfigPlacesOptions): ConfigPlaces => {
  const { file, environment } = options;
  const folder = resolve(options.folder ?? '.');
  if (file !== undefined) return { named: resolve(folder, file), askedBy: '--config' };
  if (environment.HOTPATH_CONFIG)
    return { named: resolve(folder, environment.HOTPATH_CONFIG), askedBy: 'HOTPATH_CONFIG' };
  return { folders: [...new Set([folder, options.userFolder])].map((each) => names.map((name) => join(each, name))) };
};

/** All of them in one list. */
export const configCandidates = (options: ConfigPlacesOptions): readonly string[] => {
  const places = configPlaces(options);
  return 'named' in places ? [places.named] : places.folders.flat();
};
