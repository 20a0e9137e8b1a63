/** V8 lets its young generation grow to 32 MB twice over on a large machine, which buys a gateway nothing measurable. */
const youngGeneration = '--max-semi-space-size=8';
/** glibc keeps a heap for each thread; a gateway's threads hardly allocate at once. Other C libraries know no such setting. */
const heaps = { MALLOC_ARENA_MAX: '1' };

const sizesYoungGeneration = (option: string): boolean => /--(?:min|max)[-_]semi[-_]space[-_]size/.test(option);

/** A dynamic loader or a wrapper that Node was started by takes no options of Node's. */
const isNode = (path: string): boolean => /(^|\/)node(js)?$/.test(path);

/**
 * Starts this process anew, under the same id, with settings that can only be given at a start: it then holds a third less
 * memory. Does nothing where the user has set the size of the young generation, where a parent talks with this process over
 * a channel, which would break, and where the system or Node cannot do it (Windows, no `/proc`; `process.execve`, Node 22.15).
 */
export const becomeLean = (): void => {
  const { argv, execArgv, execPath, env } = process;
  const options = [...execArgv, env.NODE_OPTIONS ?? ''];
  if (process.execve === undefined || process.send !== undefined || options.some(sizesYoungGeneration)) return;
  if (!isNode(execPath)) return;
  try {
    // Not imported: the first file of every start would wait for it.
    const { accessSync, constants } = process.getBuiltinModule('node:fs');
    // Node 22 ends the process where it does not find what is to be started.
    accessSync(execPath, constants.X_OK);
    process.execve(execPath, [execPath, ...execArgv, youngGeneration, ...argv.slice(1)], { ...heaps, ...env });
  } catch {
    // As it is, it holds more memory and does the same.
  }
};
