export interface RecorderOptions {
  /** Where profiles go, absolute. */
  readonly folder: string;
  /** Between two samples, microseconds. */
  readonly intervalUs: number;
}

/**
 * A CommonJS module that profiles the thread which requires it, and writes `<pid>[-<thread>].cpuprofile` at its end. Rather
 * than Node's `--cpu-prof`, which Node 20 refuses in NODE_OPTIONS, and which loses what a signal ends.
 *
 * A signal that nobody listens to would end the process before it could write: then it exits with the code that a shell
 * gives for that signal.
 */
export const recorderModule = (options: RecorderOptions): string => `'use strict';
const { folder, intervalUs } = ${JSON.stringify(options)};
const { Session } = require('node:inspector');
const { isMainThread, threadId } = require('node:worker_threads');
const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.setSamplingInterval', { interval: intervalUs });
session.post('Profiler.start');
process.on('exit', () => {
  session.post('Profiler.stop', (error, result) => {
    if (error) return;
    const process_ = { pid: process.pid, parent: process.ppid, thread: threadId, command: process.argv };
    const name = process.pid + (isMainThread ? '' : '-' + threadId) + '.cpuprofile';
    try {
      require('node:fs').writeFileSync(require('node:path').join(folder, name), JSON.stringify({ ...result.profile, process: process_ }), { mode: 0o600 });
    } catch {}
  });
});
if (isMainThread) {
  const numbers = require('node:os').constants.signals;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    const end = () => {
      if (process.listenerCount(signal) === 1) process.exit(128 + numbers[signal]);
    };
    process.on(signal, end);
  }
}
`;
