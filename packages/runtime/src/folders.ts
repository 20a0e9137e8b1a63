import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** Where Hotpath keeps things of this user. The folders need not exist. */
export interface Folders {
  readonly config: string;
  /** What can be computed again: cached answers, compiled code. */
  readonly cache: string;
  /** What cannot: journals, events, projects. */
  readonly state: string;
}

export interface FolderOptions {
  /** @default process.env */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** @default process.platform */
  readonly platform?: NodeJS.Platform;
  /** @default os.homedir() */
  readonly home?: string;
}

/**
 * The folders of this user: the XDG ones on Linux (relative values are ignored, as the standard says), the usual ones on
 * macOS and Windows. `HOTPATH_HOME` puts everything below one folder instead.
 */
export const findFolders = (options: FolderOptions = {}): Folders => {
  const environment = options.environment ?? process.env;
  const own = environment.HOTPATH_HOME;
  if (own !== undefined && own !== '') {
    const root = resolve(own);
    return { config: root, cache: join(root, 'cache'), state: join(root, 'state') };
  }
  const home = options.home ?? homedir();
  const folder = (variable: string, ...otherwise: string[]): string => {
    const value = environment[variable];
    return value !== undefined && isAbsolute(value) ? value : join(home, ...otherwise);
  };
  switch (options.platform ?? process.platform) {
    case 'darwin': {
      const library = join(home, 'Library');
      return {
        config: join(library, 'Preferences', 'hotpath'),
        cache: join(library, 'Caches', 'hotpath'),
        state: join(library, 'Application Support', 'hotpath'),
      };
    }
    case 'win32': {
      const local = join(folder('LOCALAPPDATA', 'AppData', 'Local'), 'hotpath');
      return {
        config: join(folder('APPDATA', 'AppData', 'Roaming'), 'hotpath', 'Config'),
        cache: join(local, 'Cache'),
        state: join(local, 'State'),
      };
    }
    default:
      return {
        config: join(folder('XDG_CONFIG_HOME', '.config'), 'hotpath'),
        cache: join(folder('XDG_CACHE_HOME', '.cache'), 'hotpath'),
        state: join(folder('XDG_STATE_HOME', '.local', 'state'), 'hotpath'),
      };
  }
};
