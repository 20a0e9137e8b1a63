// Runs a plugin in a thread of its own: started by worker-module.ts.
import { parentPort, workerData } from 'node:worker_threads';
import { type Contributions, contributionKinds } from './contributions.ts';
import type { PluginContext, PluginDefinition } from './definition.ts';
import { definitionOf } from './plugin-module.ts';
import {
  type FromWorker,
  receiveSignals,
  type SentContribution,
  sendError,
  type ToWorker,
  type WorkerStart,
} from './worker-messages.ts';

const { plugin, path, url } = workerData as WorkerStart;
const send = (message: FromWorker): void => parentPort?.postMessage(message);

const controllers = new Map<number, AbortController>();
const signalOf = (number: number): AbortSignal => {
  const controller = controllers.get(number) ?? new AbortController();
  controllers.set(number, controller);
  return controller.signal;
};

const canBeSent = (value: unknown): boolean => {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
};

const methodsOf = (value: object): string[] => {
  const names = new Set<string>();
  for (
    let level: object | null = value;
    level !== null && level !== Object.prototype;
    level = Object.getPrototypeOf(level)
  ) {
    for (const name of Object.getOwnPropertyNames(level)) {
      if (name !== 'constructor' && typeof (value as Record<string, unknown>)[name] === 'function') names.add(name);
    }
  }
  return [...names];
};

const describe = (contributions: Contributions | undefined): SentContribution[] =>
  contributionKinds.flatMap((kind) =>
    Object.entries(contributions?.[kind] ?? {}).map(([name, value]) => ({
      kind,
      name,
      isFunction: typeof value === 'function',
      methods: typeof value === 'object' && value !== null ? methodsOf(value) : [],
      data:
        typeof value === 'object' && value !== null
          ? Object.fromEntries(
              Object.entries(value).filter(([, each]) => typeof each !== 'function' && canBeSent(each)),
            )
          : {},
    })),
  );

let definition: PluginDefinition;
let contributions: Contributions | undefined;
const lifetime = new AbortController();

const answer = async (message: Exclude<ToWorker, { type: 'abort' }>): Promise<unknown> => {
  if (message.type === 'activate') {
    contributions = await definition.activate({ ...(message.context as PluginContext), signal: lifetime.signal });
    return describe(contributions);
  }
  if (message.type === 'deactivate') {
    lifetime.abort();
    return definition.deactivate?.();
  }
  const { kind, name, method, args } = message;
  const target = contributions?.[kind]?.[name] as Record<string, (...args: unknown[]) => unknown> | undefined;
  const received = receiveSignals(args, signalOf);
  if (method === undefined) return (target as unknown as (...args: unknown[]) => unknown)(...received);
  return target?.[method]?.(...received);
};

const receive = async (message: ToWorker): Promise<void> => {
  if (message.type === 'abort') {
    controllers.get(message.signal)?.abort();
    controllers.delete(message.signal);
    return;
  }
  const { id } = message;
  try {
    send({ type: 'result', id, value: await answer(message) });
  } catch (error) {
    send({ type: 'failed', id, error: sendError(error) });
  }
};

try {
  definition = definitionOf(await import(url), plugin, path);
  parentPort?.on('message', (message: ToWorker) => void receive(message));
  send({ type: 'imported' });
} catch (error) {
  send({ type: 'import-failed', error: sendError(error) });
}
