/**
 * Most of half a young generation, MB. V8 lets it grow to 32 on a large machine, which buys a gateway nothing measurable, and a
 * view that draws once a second less.
 */
const youngGenerations: ReadonlyMap<string, number> = new Map([
  ['serve', 8],
  ['monitor', 1],
]);
/**
 * V8 allocates in the old generation what it has seen to live long. A gateway's first requests do, while its young generation is small;
 * from then on such an object holds all of its request until a full collection.
 */
const youngFirst = '--no-allocation-site-pretenuring';
/** glibc keeps a heap for each thread; these threads hardly allocate at once. Other C libraries know no such setting. */
const heaps = { MALLOC_ARENA_MAX: '1' };

const sizesYoungGeneration = (option: string): boolean => /--(?:min|max)[-_]semi[-_]space[-_]size/.test(option);

/** A dynamic loader or a wrapper that Node was started by takes no options of Node's. */
const isNode = (path: string): boolean => /(^|\/)node(js)?$/.test(path);

/**
 * Starts a process that will run for long anew, under the same id, with settings that can only be given at a start: it then
 * holds a third less memory. Does nothing for other commands, where the user has set the size of the young generation, where
 * a parent talks with this process over a channel, which would break, and where the system or Node cannot do it (Windows, no
 * `/proc`; `process.execve`, Node 22.15).
 */
export const becomeLean = (command: string): void => {
  const youngGeneration = youngGenerations.get(command);
  if (youngGeneration === undefined) return;
  // Not given at a start: Node ends where V8 knows a flag no more.
  process.getBuiltinModule?.('node:v8').setFlagsFromString(youngFirst);
  const { argv, execArgv, execPath, env } = process;
  const options = [...execArgv, env.NODE_OPTIONS ?? ''];
  if (process.execve === undefined || process.send !== undefined || options.some(sizesYoungGeneration)) return;
  if (!isNode(execPath)) return;
  try {
    // Not imported: the first file of every start would wait for it.
    const { accessSync, constants } = process.getBuiltinModule('node:fs');
    // Node 22 ends the process where it does not find what is to be started.
    accessSync(execPath, constants.X_OK);
    process.execve(execPath, [execPath, ...execArgv, `--max-semi-space-size=${youngGeneration}`, ...argv.slice(1)], {
      ...heaps,
      ...env,
    });
  } catch {
    // As it is, it holds more memory and does the same.
  }
};
