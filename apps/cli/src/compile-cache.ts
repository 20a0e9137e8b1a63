// The rule of the runtime's `findFolders`, repeated: importing the runtime for it would cost what this file is to save.
const cacheFolder = (environment: NodeJS.ProcessEnv): string => {
  const { homedir } = process.getBuiltinModule('node:os');
  const { isAbsolute, join } = process.getBuiltinModule('node:path');
  if (environment.HOTPATH_HOME) return join(environment.HOTPATH_HOME, 'cache');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'hotpath');
  if (process.platform === 'win32') {
    return join(environment.LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'hotpath', 'Cache');
  }
  const { XDG_CACHE_HOME } = environment;
  return join(XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), '.cache'), 'hotpath');
};

/**
 * Keeps compiled code between runs in the user's own cache folder: code that others may write is code they may run.
 * Where that is impossible, everything is compiled anew.
 */
export const useCompileCache = (): void => {
  if (process.env.NODE_COMPILE_CACHE !== undefined || process.env.NODE_DISABLE_COMPILE_CACHE !== undefined) return;
  // Nothing is imported at the top: the file of the entry holds this, and must be read by every Node.
  const { existsSync, mkdirSync } = process.getBuiltinModule('node:fs');
  const { dirname, join } = process.getBuiltinModule('node:path');
  const folder = join(cacheFolder(process.env), 'compiled');
  try {
    // Not `recursive`, which never returns where a folder neither exists nor can be made, as those under `/proc`.
    if (!existsSync(dirname(folder))) mkdirSync(dirname(folder), { mode: 0o700 });
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    process.getBuiltinModule('node:module').enableCompileCache(folder);
  } catch {
    // A home that cannot be written to is no reason to fail.
  }
};
