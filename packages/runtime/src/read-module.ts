import { pathToFileURL } from 'node:url';

/** Stands for `import` where a configuration is a module. */
export type ImportModule = (file: string) => Promise<{ readonly default?: unknown }>;

/** A configuration module, read anew. */
export interface FreshModule {
  /** Its default export, awaited. Absent where there is none. */
  readonly value?: unknown;
  /** Why it could not be loaded, as `import` would have told. */
  readonly failure?: Error;
  /** It and the files it imports, those of installed packages left out. Absolute. */
  readonly files: readonly string[];
}

export interface ReadModuleOptions {
  /** How long it may take to load, milliseconds. @default 10_000 */
  readonly timeoutMs?: number | undefined;
}

interface Report {
  readonly files: readonly string[];
  readonly value?: unknown;
  readonly failure?: { readonly name: string; readonly message: string; readonly code?: string };
}

// Runs in a thread of its own, as CommonJS: there every load starts from nothing, and is forgotten afterwards. In the
// main thread a module stays what it was at its first import, and so does all that it imports.
const loader = `
const { registerHooks } = require('node:module');
const { fileURLToPath } = require('node:url');
const { parentPort, workerData } = require('node:worker_threads');
const files = [];
registerHooks({
  load(url, context, next) {
    if (url.startsWith('file:') && !url.includes('/node_modules/')) files.push(fileURLToPath(url.split(/[?#]/)[0]));
    return next(url, context);
  },
});
const fail = (error) => {
  const { name, message, code } = error instanceof Error ? error : new Error(String(error));
  parentPort.postMessage({ files, failure: { name, message, code: typeof code === 'string' ? code : undefined } });
};
import(workerData).then(async ({ default: value }) => {
  const awaited = await value;
  parentPort.postMessage({ files, value: awaited });
}).catch(fail);
`;

/** An error as it was there, as far as whoever explains it looks at it. */
const revive = ({ name, message, code }: NonNullable<Report['failure']>): Error => {
  const error = name === 'SyntaxError' ? new SyntaxError(message) : new Error(message);
  return Object.assign(error, { name }, code === undefined ? {} : { code });
};

/**
 * Loads a configuration module as if for the first time, with all that it imports, and tells which files these are. Its
 * value must be plain data, as a configuration is. Never rejects.
 */
export const readModuleAnew = async (
  file: string,
  { timeoutMs = 10_000 }: ReadModuleOptions = {},
): Promise<FreshModule> => {
  const { Worker } = await import('node:worker_threads');
  const worker = new Worker(loader, { eval: true, workerData: pathToFileURL(file).href });
  let limit: NodeJS.Timeout | undefined;
  const report = await new Promise<Report>((resolve) => {
    const refuse = (message: string): void => resolve({ files: [], failure: { name: 'Error', message } });
    worker.once('message', resolve);
    worker.once('error', (error: Error) => refuse(error.message));
    worker.once('exit', () => refuse('it ended the process that loaded it.'));
    limit = setTimeout(() => refuse(`it did not load within ${timeoutMs} ms.`), timeoutMs);
  });
  clearTimeout(limit);
  await worker.terminate();
  const files = [...new Set([file, ...report.files])];
  return report.failure ? { failure: revive(report.failure), files } : { value: report.value, files };
};
