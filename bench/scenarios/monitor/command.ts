import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
// @boundaries-ignore the view is measured as the command draws it
import { createTraffic } from '../../../apps/cli/test/monitor/traffic.ts';
import { treeCpuMs, treeMemory } from '../../harness/machine.ts';

export interface CommandResult {
  readonly rssMb: number;
  /** Processor time of a sample, milliseconds. */
  readonly cpuMs: number;
}

export interface CommandJob {
  readonly columns: number;
  readonly rows: number;
  readonly samples: number;
}

/** Samples before the processor's time counts. */
const warmUp = 10;

/** Runs the built command on a terminal made by `script`, before a server that tells metrics. */
export const measureCommand = async (
  command: string,
  { columns, rows, samples }: CommandJob,
): Promise<CommandResult> => {
  const traffic = createTraffic({ models: 24 });
  let count = 0;
  let reached = (): void => {};
  let at = 0;
  const until = (target: number): Promise<void> =>
    new Promise((resolve) => {
      at = target;
      reached = resolve;
    });
  const server = createServer(({ url }, response) => {
    if (url === '/healthz') {
      response.end('{"status":"ok"}');
      return;
    }
    traffic.pass(1);
    response.end(traffic.metrics());
    count += 1;
    if (count === at) reached();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const line = `echo "pid $$."; stty cols ${columns} rows ${rows}; exec "${process.execPath}" "${command}" monitor --server http://127.0.0.1:${port} --interval 200ms`;
  const terminal = spawn('script', ['-qefc', line, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TERM: 'xterm-256color', SHELL: '/bin/sh' },
  });
  try {
    let shown = '';
    const started = new Promise<number>((resolve, reject) => {
      terminal.on('error', () => reject(new Error('script is missing. Install util-linux.')));
      terminal.stdout.on('data', (bytes: Buffer) => {
        if (shown.length < 1000) shown += bytes;
        const [, pid] = /pid (\d+)\./.exec(shown) ?? [];
        if (pid !== undefined) resolve(Number(pid));
      });
    });
    const pid = await started;
    await until(warmUp);
    const before = treeCpuMs(pid);
    await until(warmUp + samples);
    const cpuMs = (treeCpuMs(pid) - before) / samples;
    if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('monitor'))
      throw new Error(`${pid} is not the command.`);
    return { rssMb: treeMemory(pid).rssMb, cpuMs };
  } finally {
    terminal.stdin.write('q');
    const limit = setTimeout(() => terminal.kill('SIGKILL'), 3000);
    if (terminal.exitCode === null && terminal.signalCode === null) await once(terminal, 'exit');
    clearTimeout(limit);
    server.close();
    server.closeAllConnections();
  }
};
