import { pluginExited } from './errors.ts';
import type { DiscoveredPlugin } from './plan.ts';
import { type Running, running } from './running.ts';

let watched = 0;

// Named when it runs, so that whoever makes names short in a bundle leaves this one as it is.
const phaseName = 'hotpathPluginPhase';
const { [phaseName]: awaitPhase } = {
  async [phaseName]<Value>(run: () => Promise<Value>): Promise<Value> {
    return await run();
  },
};

/**
 * Whether an error that is thrown here comes back to the phase: what runs now was called by it, or is awaited by it. Thrown from a timer or
 * the callback of a file system call it would end the process after all.
 */
const isAwaited = (): boolean => {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = 200;
    Error.prepareStackTrace = (_, frames) => frames.map((frame) => frame.getFunctionName());
    const names: unknown = new Error('where').stack;
    return Array.isArray(names) && names.includes(phaseName);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace;
  }
};

type Exit = typeof process.exit;

let original: Exit = process.exit;
let guard: Exit | undefined;

// One of its own for each time that it is put in: somebody else's may stand between two of them.
const guardOver = (exit: Exit): Exit =>
  ((code?: number | string | null) => {
    const current = running.getStore();
    if (current === undefined || current.isOver) return exit.call(process, code);
    const error = pluginExited(current.plugin.manifest.name, code);
    current.fail(error);
    if (!isAwaited()) return undefined as never;
    throw error;
  }) as Exit;

const intercept = (): void => {
  if (process.exit === guard) return;
  original = process.exit;
  guard = guardOver(original);
  process.exit = guard;
};

const restore = (): void => {
  // Somebody else who replaced it meanwhile keeps what they put there; ours lets everything pass by then.
  if (watched === 0 && process.exit === guard) process.exit = original;
};

/**
 * Runs a part of a plugin during which `process.exit` fails that part in place of ending the process. Calls by anybody else go
 * through. A part that hangs is watched for ever. The native ways to end a process (`process.abort`, `process.kill`) are not held up.
 */
export const withoutExit = async <Value>(plugin: DiscoveredPlugin, run: () => Promise<Value>): Promise<Value> => {
  let fail: Running['fail'] = () => {};
  const exited = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  const current: Running = { plugin, fail, isOver: false };
  watched += 1;
  intercept();
  try {
    return await Promise.race([running.run(current, () => awaitPhase(run)), exited]);
  } finally {
    current.isOver = true;
    watched -= 1;
    restore();
  }
};
