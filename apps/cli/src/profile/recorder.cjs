'use strict';

// Required by every process that `hotpath profile` looks at, on a Node of its own: CommonJS. It profiles the thread which requires it and writes `<pid>[-<thread>].cpuprofile` at its end. Rather than Node's `--cpu-prof`,
// which Node 20 refuses in NODE_OPTIONS, and which loses what a signal ends.
const { Session } = require('node:inspector');
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { isMainThread, threadId } = require('node:worker_threads');

const { folder, intervalUs } = JSON.parse(process.env.HOTPATH_PROFILE);
const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.setSamplingInterval', { interval: intervalUs });
session.post('Profiler.start');

process.on('exit', () => {
  session.post('Profiler.stop', (error, result) => {
    if (error) return;
    const about = { pid: process.pid, parent: process.ppid, thread: threadId, command: process.argv };
    const name = `${process.pid}${isMainThread ? '' : `-${threadId}`}.cpuprofile`;
    try {
      writeFileSync(join(folder, name), JSON.stringify({ ...result.profile, process: about }), { mode: 0o600 });
    } catch {
      // What cannot be written is not profiled; the program's own end is none of ours.
    }
  });
});

if (isMainThread) {
  // A signal that nobody listens to would end the process before it could write: then it exits with the code that a shell gives
  // for that signal.
  const numbers = require('node:os').constants.signals;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(128 + numbers[signal]);
    });
  }
}
