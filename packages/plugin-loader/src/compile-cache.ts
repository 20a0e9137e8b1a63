import nodeModule from 'node:module';

export interface CompileCacheOptions {
  /** Where compiled code is kept. @default NODE_COMPILE_CACHE, else a folder among the system's temporary ones */
  readonly folder?: string | undefined;
}

export interface CompileCache {
  readonly isEnabled: boolean;
  /** Where it is kept. */
  readonly folder: string | undefined;
  /** Why it is not enabled. */
  readonly reason: string | undefined;
}

interface Result {
  readonly status: number;
  readonly directory?: string;
  readonly message?: string;
}

type Enable = (options?: string | { directory?: string; portable: boolean }) => Result;

const isAtLeast = (major: number): boolean => Number(process.versions.node.split('.')[0]) >= major;

/**
 * Keeps the compiled code of every module that is imported from now on, plugins and the host's own alike, and uses it at the next
 * start. Portable where Node can (25 and newer): it survives a move of the folder it belongs to. Call it before anything else is
 * imported. Never throws; NODE_DISABLE_COMPILE_CACHE=1 turns it off.
 * See https://nodejs.org/api/module.html#module-compile-cache.
 */
export const enableCompileCache = ({ folder }: CompileCacheOptions = {}): CompileCache => {
  const { enableCompileCache: enable, constants } = nodeModule as unknown as {
    enableCompileCache?: Enable;
    constants?: { compileCacheStatus: Readonly<Record<string, number>> };
  };
  if (enable === undefined)
    return {
      isEnabled: false,
      folder: undefined,
      reason: `Node.js ${process.versions.node} has none; 22.8 and newer do`,
    };
  const portable = { portable: true, ...(folder !== undefined && { directory: folder }) };
  const { status, directory, message } = isAtLeast(25) ? enable(portable) : enable(folder);
  const { ENABLED, ALREADY_ENABLED, DISABLED } = constants?.compileCacheStatus ?? {};
  if (status === ENABLED || status === ALREADY_ENABLED)
    return { isEnabled: true, folder: directory, reason: undefined };
  const why = status === DISABLED ? 'NODE_DISABLE_COMPILE_CACHE is set' : (message ?? 'the folder cannot be used');
  return { isEnabled: false, folder: undefined, reason: why };
};
