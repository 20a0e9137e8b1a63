import { AsyncLocalStorage } from 'node:async_hooks';
import { type PluginError, pluginExited } from './errors.ts';

/** A plugin that is being imported or activated. */
interface Running {
  readonly plugin: string;
  readonly fail: (error: PluginError) => void;
  isOver: boolean;
}

const running = new AsyncLocalStorage<Running>();
let watched = 0;

/** Whether what runs now was called by a timer or an emitter: an error thrown there would end the process after all. */
const isDetached = (): boolean => {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 100;
  const stack = new Error('where').stack ?? '';
  Error.stackTraceLimit = limit;
  return /\(?node:(?:internal\/timers|events)/.test(stack);
};

let original = process.exit;

const intercepted = ((code?: number | string | null) => {
  const current = running.getStore();
  if (current === undefined || current.isOver) return original.call(process, code);
  const error = pluginExited(current.plugin, code);
  current.fail(error);
  if (isDetached()) return undefined as never;
  throw error;
}) as typeof process.exit;

const intercept = (): void => {
  if (process.exit === intercepted) return;
  original = process.exit;
  process.exit = intercepted;
};

const restore = (): void => {
  // Somebody else who replaced it meanwhile keeps what they put there; ours lets everything pass by then.
  if (watched === 0 && process.exit === intercepted) process.exit = original;
};

/**
 * Runs a part of a plugin during which `process.exit` fails that part in place of ending the process. Calls by anybody else go
 * through. A part that hangs is watched for ever. The native ways to end a process (`process.abort`, `process.kill`) are not held up.
 */
export const withoutExit = async <Value>(plugin: string, run: () => Promise<Value>): Promise<Value> => {
  let fail: (error: PluginError) => void = () => {};
  const exited = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  const current: Running = { plugin, fail, isOver: false };
  watched += 1;
  intercept();
  try {
    return await Promise.race([running.run(current, run), exited]);
  } finally {
    current.isOver = true;
    watched -= 1;
    restore();
  }
};
