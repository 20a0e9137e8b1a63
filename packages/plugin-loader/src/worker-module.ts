import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Contributions } from './contributions.ts';
import type { PluginContext } from './definition.ts';
import { entryModuleOf } from './entry-module.ts';
import { PluginError, type PluginErrorCode, pluginExited, workerFailed, workerMissing } from './errors.ts';
import { fs } from './file-system.ts';
import type { DiscoveredPlugin } from './plan.ts';
import type { PluginModule } from './plugin-module.ts';
import { type FromWorker, receiveError, type SentContribution, sendSignals, type ToWorker } from './worker-messages.ts';

// Within a bundle this is beside the bundle.
const script = new URL(import.meta.url.endsWith('.ts') ? './worker-thread.ts' : './worker-thread.js', import.meta.url);

type Unsent<Message> = Message extends { readonly id: number } ? Omit<Message, 'id'> : never;

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
 * Imports a plugin into a thread of its own. What it contributes is called by messages: arguments and results are copied, functions
 * cannot be among them, signals can. A thread keeps what hangs, exits or runs out of memory away from the host. It is no
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
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  const signals = new Map<AbortSignal, number>();
  let asked = 0;
  let ended: PluginError | undefined;
  let isActive = false;
  let isDiscarded = false;

  const ask = (message: Unsent<ToWorker>): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (ended !== undefined) return reject(ended);
      asked += 1;
      const id = asked;
      // Only while somebody waits for an answer does the thread keep the process running.
      if (waiting.size === 0) worker.ref();
      waiting.set(id, { resolve, reject });
      try {
        worker.postMessage({ ...message, id });
      } catch (error) {
        settle(id, (waiter) => waiter.reject(workerFailed(name, 'cannot be sent these arguments', error)));
      }
    });

  const settle = (
    id: number,
    how: (waiter: { resolve(value: unknown): void; reject(error: unknown): void }) => void,
  ) => {
    const waiter = waiting.get(id);
    if (waiter === undefined) return;
    waiting.delete(id);
    if (waiting.size === 0) worker.unref();
    how(waiter);
  };

  const end = (error: PluginError): void => {
    if (ended !== undefined) return;
    ended = error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
    // Before that, whoever waits for the import or the activation tells.
    if (isActive && !isDiscarded) onEnd(error);
  };

  const discard = (): void => {
    isDiscarded = true;
    void worker.terminate();
  };

  const numberOf = (signal: AbortSignal): number => {
    const known = signals.get(signal);
    if (known !== undefined) return known;
    asked += 1;
    const number = asked;
    signals.set(signal, number);
    const abort = (): void => worker.postMessage({ type: 'abort', signal: number });
    if (signal.aborted) queueMicrotask(abort);
    else signal.addEventListener('abort', abort, { once: true });
    return number;
  };

  const bridge = ({ kind, name: of, isFunction, methods, data }: SentContribution): object => {
    const call =
      (method: string | undefined) =>
      (...args: readonly unknown[]): Promise<unknown> =>
        ask({ type: 'call', kind, name: of, method, args: sendSignals(args, numberOf) });
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
      } else if (message.type === 'result') settle(message.id, (waiter) => waiter.resolve(message.value));
      else settle(message.id, (waiter) => waiter.reject(receiveError(message.error)));
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
