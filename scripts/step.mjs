import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import { SetUpError } from './failure.mjs';
import { nodeBinary, root } from './workspace.mjs';

const keptLines = 200;
const logProgressEveryMs = 10_000;

// By default npm and pnpm wait ten seconds and then a minute before they try an unreachable registry again.
const retries = Object.fromEntries(
  ['npm', 'pnpm'].flatMap((tool) => [
    [`${tool}_config_fetch_retry_mintimeout`, '1000'],
    [`${tool}_config_fetch_retry_maxtimeout`, '5000'],
  ]),
);

/** Shows the latest line in place on a terminal, and one now and then in a log: the rest is read when the step fails. */
const createProgress = () => {
  const isTerminal = process.stderr.isTTY === true;
  let loggedAt = Date.now();
  return {
    show(text) {
      const line = text.trim();
      if (line === '') return;
      if (isTerminal) {
        process.stderr.write(`\r\u001b[K${line.slice(0, (process.stderr.columns ?? 80) - 1)}`);
      } else if (Date.now() - loggedAt > logProgressEveryMs) {
        loggedAt = Date.now();
        process.stderr.write(`  ${line}\n`);
      }
    },
    clear() {
      if (isTerminal) process.stderr.write('\r\u001b[K');
    },
  };
};

/**
 * Runs one command of setting up, its progress on our stderr. Resolves to `{ code, output }`, the output's last lines. It
 * stays in our process group: a Ctrl-C, or a kill of the group, reaches the whole tree below it.
 */
export const runStep = (command, args) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
      env: {
        ...retries,
        ...process.env,
        // npm puts our Node first on the path; the machine's own npx belongs to the machine's own Node.
        PATH: (process.env.PATH ?? '')
          .split(delimiter)
          .filter((folder) => folder !== dirname(nodeBinary))
          .join(delimiter),
        TURBO_TELEMETRY_DISABLED: '1',
        NPM_CONFIG_UPDATE_NOTIFIER: 'false',
      },
    });
    const output = [];
    const progress = createProgress();
    let interruptedBy;
    const keep = (line) => {
      output.push(line);
      if (output.length > keptLines) output.shift();
      progress.show(stripVTControlCharacters(line));
    };
    const stop = (signal) => {
      interruptedBy = signal;
      child.kill(signal);
    };
    const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => [signal, () => stop(signal)]);
    for (const [signal, handler] of handlers) process.on(signal, handler);
    const settle = (action) => {
      for (const [signal, handler] of handlers) process.off(signal, handler);
      progress.clear();
      action();
    };
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', keep);
    child.on('error', (error) =>
      settle(() =>
        reject(new SetUpError(`hotpath: "${command}" could not be started: ${error.message}. Is npm installed?`)),
      ),
    );
    child.on('close', (code) =>
      settle(() => {
        if (interruptedBy === undefined) return resolve({ code: code ?? 1, output });
        reject(
          new SetUpError('hotpath: stopped. The next run goes on from here.', 128 + constants.signals[interruptedBy]),
        );
      }),
    );
  });
