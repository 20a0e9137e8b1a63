// Runs a plugin in a thread of its own: started by worker-module.ts.
import { parentPort, workerData } from 'node:worker_threads';
import { type Contributions, contributionKinds } from './contributions.ts';
import type { PluginContext, PluginDefinition } from './definition.ts';
import { definitionOf } from './plugin-module.ts';
import { receiveError, sendError } from './sent-error.ts';
import { callIsOver, putIn } from './worker-arguments.ts';
import type { FromWorker, SentContribution, ToWorker, WorkerStart } from './worker-messages.ts';

const { plugin, path, url } = workerData as WorkerStart;
const send = (message: FromWorker): void => parentPort?.postMessage(message);

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

/** What was handed over with each call under way: gone when the call is. */
const underway = new Map<number, ReadonlyMap<number, AbortController>>();
const questions = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
let asked = 0;

/** Calls a function that was handed over with a call. */
const askOf = (id: number, number: number, args: readonly unknown[]): Promise<unknown> =>
  new Promise((resolve, reject) => {
    if (!underway.has(id)) throw new Error(callIsOver);
    asked += 1;
    send({ type: 'question', question: asked, id, number, args });
    questions.set(asked, { resolve, reject });
  });

type Call = Extract<ToWorker, { readonly type: 'call' }>;

const call = async ({ id, kind, name, method, args, handed }: Call): Promise<unknown> => {
  const target = contributions?.[kind]?.[name] as Record<string, (...args: unknown[]) => unknown> | undefined;
  const received = putIn({ args, handed }, (number, given) => askOf(id, number, given));
  underway.set(id, received.controllers);
  try {
    if (method === undefined) return await (target as unknown as (...args: unknown[]) => unknown)(...received.args);
    return await target?.[method]?.(...received.args);
  } finally {
    underway.delete(id);
  }
};

type Asked = Exclude<ToWorker, { readonly type: 'abort' | 'answer' | 'refusal' }>;

const answer = async (message: Asked): Promise<unknown> => {
  if (message.type === 'call') return call(message);
  if (message.type === 'activate') {
    contributions = await definition.activate({ ...(message.context as PluginContext), signal: lifetime.signal });
    return describe(contributions);
  }
  lifetime.abort();
  return definition.deactivate?.();
};

const serve = async (message: Asked): Promise<void> => {
  const { id } = message;
  let value: unknown;
  try {
    value = await answer(message);
  } catch (error) {
    send({ type: 'failed', id, error: sendError(error) });
    return;
  }
  try {
    send({ type: 'result', id, value });
  } catch (error) {
    send({ type: 'result-unsent', id, error: sendError(error) });
  }
};

const receive = (message: ToWorker): void => {
  if (message.type === 'abort') {
    underway.get(message.id)?.get(message.number)?.abort(receiveError(message.reason));
  } else if (message.type === 'answer' || message.type === 'refusal') {
    const question = questions.get(message.question);
    questions.delete(message.question);
    if (message.type === 'answer') question?.resolve(message.value);
    else question?.reject(receiveError(message.error));
  } else void serve(message);
};

try {
  definition = definitionOf(await import(url), plugin, path);
  parentPort?.on('message', receive);
  send({ type: 'imported' });
} catch (error) {
  send({ type: 'import-failed', error: sendError(error) });
}
