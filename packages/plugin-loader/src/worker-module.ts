import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Contributions } from './contributions.ts';
import type { PluginContext } from './definition.ts';
import { entryModuleOf } from './entry-module.ts';
import { PluginError, type PluginErrorCode, pluginExited, workerFailed, workerMissing } from './errors.ts';
import { fs } from './file-system.ts';
import type { DiscoveredPlugin } from './plan.ts';
import type { PluginModule } from './plugin-module.ts';
import { receiveError, sendError } from './sent-error.ts';
import { callIsOver, takeOut } from './worker-arguments.ts';
import type { FromWorker, SentContribution, ToWorker } from './worker-messages.ts';

// Within a bundle this is beside the bundle.
const script = new URL(import.meta.url.endsWith('.ts') ? './worker-thread.ts' : './worker-thread.js', import.meta.url);

type Unsent<Message> = Message extends { readonly id: number } ? Omit<Message, 'id'> : never;

/** Somebody who waits for an answer of the thread. */
interface Waiter {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  /** Signals and functions that were handed over, by their number. */
  readonly originals: readonly unknown[];
  /** Stops listening to the signals. */
  readonly forget: readonly (() => void)[];
  /** What was called, for messages. */
  readonly what: string;
}

/** What a host's context has that can be sent to another thread; the rest, such as functions, stays here. */
const sendable = (context: object): object =>
  Object.fromEntries(
    Object.entries(context).filter(([, value]) => {
      try {
        structuredClone(value);
        return true;
      } catch {
        return false;
      }
    }),
  );

/**
 * Imports a plugin into a thread of its own. What it contributes is called by messages: arguments and results are copied; signals and
 * functions among the arguments are stood in for until the call settles. A thread keeps what hangs, exits or runs out of memory away from the host. It is no
 * protection against malice: the plugin may still do whatever this process may.
 */
export const importInWorker = async (
  plugin: DiscoveredPlugin,
  signal: AbortSignal,
  onEnd: (error: PluginError) => void,
): Promise<PluginModule> => {
  const { name } = plugin.manifest;
  if (!fs.existsSync(script)) throw workerMissing(name, fileURLToPath(script));
  const { Worker } = await import('node:worker_threads');
  const path = entryModuleOf(plugin);
  const worker = new Worker(script, { workerData: { plugin: name, path, url: pathToFileURL(path).href } });
  // An import that took too long is ended, also where it is busy or waits for ever.
  signal.addEventListener('abort', () => discard(), { once: true });
  const waiting = new Map<number, Waiter>();
  let asked = 0;
  let ended: PluginError | undefined;
  let isActive = false;
  let isDiscarded = false;

  /** `what` names in messages what is called. */
  const ask = (message: Unsent<ToWorker>, originals: readonly unknown[] = [], what = 'it'): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (ended !== undefined) return reject(ended);
      asked += 1;
      const id = asked;
      // Only while somebody waits for an answer does the thread keep the process running.
      if (waiting.size === 0) worker.ref();
      const forget = originals.flatMap((original, number) =>
        original instanceof AbortSignal ? [forward(original, id, number)] : [],
      );
      waiting.set(id, { resolve, reject, originals, forget, what });
      try {
        worker.postMessage({ ...message, id });
      } catch (error) {
        settle(id, (waiter) => waiter.reject(workerFailed(name, `cannot be sent what ${what} is called with`, error)));
      }
    });

  /** Aborts the stand-in of a signal. Returns what ends that. */
  const forward = (signal: AbortSignal, id: number, number: number): (() => void) => {
    const abort = (): void => post({ type: 'abort', id, number, reason: sendError(signal.reason) });
    // One that is aborted already is sent as such.
    if (!signal.aborted) signal.addEventListener('abort', abort, { once: true });
    return () => signal.removeEventListener('abort', abort);
  };

  const post = (message: ToWorker): void => worker.postMessage(message);

  const settle = (id: number, how: (waiter: Waiter) => void): void => {
    const waiter = waiting.get(id);
    if (waiter === undefined) return;
    waiting.delete(id);
    for (const forget of waiter.forget) forget();
    if (waiting.size === 0) worker.unref();
    how(waiter);
  };

  /** Calls a function that was handed over, for the thread. */
  const answer = async ({ question, id, number, args }: Extract<FromWorker, { type: 'question' }>): Promise<void> => {
    const waiter = waiting.get(id);
    try {
      if (waiter === undefined) throw new Error(callIsOver);
      const handed = waiter.originals[number] as (...args: readonly unknown[]) => unknown;
      const value = await handed(...args);
      try {
        post({ type: 'answer', question, value });
      } catch (error) {
        throw workerFailed(name, `cannot be sent what a function returned that ${waiter.what} was called with`, error);
      }
    } catch (error) {
      post({ type: 'refusal', question, error: sendError(error) });
    }
  };

  const end = (error: PluginError): void => {
    if (ended !== undefined) return;
    ended = error;
    for (const id of [...waiting.keys()]) settle(id, ({ reject }) => reject(error));
    // Before that, whoever waits for the import or the activation tells.
    if (isActive && !isDiscarded) onEnd(error);
  };

  const discard = (): void => {
    isDiscarded = true;
    void worker.terminate();
  };

  const bridge = ({ kind, name: of, isFunction, methods, data }: SentContribution): object => {
    const call =
      (method: string | undefined) =>
      (...given: readonly unknown[]): Promise<unknown> => {
        const { args, handed, originals } = takeOut(given);
        const what = method === undefined ? `${kind} ${of}` : `${method} of ${kind} ${of}`;
        return ask({ type: 'call', kind, name: of, method, args, handed }, originals, what);
      };
    if (isFunction) return call(undefined);
    return { ...data, ...Object.fromEntries(methods.map((method) => [method, call(method)])) };
  };

  await new Promise<void>((resolve, reject) => {
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'imported') resolve();
      else if (message.type === 'import-failed') {
        const { code, message: text } = message.error;
        const isOurs = code?.startsWith('PLUGIN_') === true;
        reject(
          isOurs ? new PluginError(code as PluginErrorCode, text, { plugin: name, path }) : receiveError(message.error),
        );
        discard();
      } else if (message.type === 'question') void answer(message);
      else if (message.type === 'result') settle(message.id, (waiter) => waiter.resolve(message.value));
      else if (message.type === 'result-unsent') {
        const { id, error } = message;
        settle(id, ({ reject, what }) => {
          reject(workerFailed(name, `cannot send what ${what} returned: only data is copied`, receiveError(error)));
        });
      } else settle(message.id, (waiter) => waiter.reject(receiveError(message.error)));
    });
    worker.on('error', (error) => {
      const failure = workerFailed(name, 'died', error);
      reject(failure);
      end(failure);
    });
    worker.on('exit', (code) => {
      const failure = isDiscarded ? workerFailed(name, 'was ended') : pluginExited(name, code);
      reject(failure);
      end(failure);
    });
  });
  worker.unref();

  return {
    activate: async (context: PluginContext) => {
      const sent = (await ask({ type: 'activate', context: sendable(context) })) as readonly SentContribution[];
      const contributions: Record<string, Record<string, object>> = {};
      for (const each of sent) {
        const ofKind = contributions[each.kind] ?? {};
        contributions[each.kind] = { ...ofKind, [each.name]: bridge(each) };
      }
      isActive = true;
      return contributions as Contributions;
    },
    deactivate: async () => {
      await ask({ type: 'deactivate' });
    },
    discard,
  };
};
