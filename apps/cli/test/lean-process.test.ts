import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { entry, freshMachine, heard } from './built.ts';
import { startMetricsServer } from './monitor/metrics-server.ts';

const machine = freshMachine();
const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

const own = ['--max-semi-space-size=8'];
const linesOf = (pid: number | undefined, file: 'cmdline' | 'environ'): string[] =>
  readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0');

interface Start {
  readonly nodeOptions?: string;
  readonly channel?: boolean;
  /** What Node takes for its own file. */
  readonly execPath?: string;
  readonly nodeArgs?: readonly string[];
}

const serve = async (options: Start = {}) => {
  const preload = `data:text/javascript,process.execPath = ${JSON.stringify(options.execPath)}`;
  const imported = options.execPath === undefined ? [] : ['--import', preload];
  const nodeArgs = [...(options.nodeArgs ?? []), ...imported];
  const child = spawn(process.execPath, [...nodeArgs, entry, 'serve', '--port', '0'], {
    cwd: machine.folder,
    env: { ...machine.environment, ...(options.nodeOptions !== undefined && { NODE_OPTIONS: options.nodeOptions }) },
    stdio: ['ignore', 'pipe', 'pipe', ...(options.channel ? ['ipc' as const] : [])],
  });
  running.push(child);
  const told = await heard(child.stdout as NodeJS.ReadableStream, /is ready at/);
  return { child, told };
};

// It is looked up where Linux tells what a process was started with.
const isLinux = existsSync('/proc/self/cmdline');

describe.skipIf(!isLinux)('the process of hotpath serve (read from /proc, which only Linux has)', () => {
  it('has its memory bounded, under the id that it was started with', async () => {
    const { pid } = (await serve()).child;
    expect(linesOf(pid, 'cmdline')).toEqual(expect.arrayContaining([...own, entry, 'serve', '--port', '0']));
    expect(linesOf(pid, 'environ')).toContain('MALLOC_ARENA_MAX=1');
  });

  it('keeps the bounds of its user', async () => {
    const { pid } = (await serve({ nodeOptions: '--max-semi-space-size=32' })).child;
    expect(linesOf(pid, 'cmdline')).not.toEqual(expect.arrayContaining(own));
    expect(linesOf(pid, 'environ')).not.toContain('MALLOC_ARENA_MAX=1');
  });

  it.each([
    ['is not there', () => join(machine.folder, 'gone', 'node')],
    ['is not Node', () => machine.write('loader', '#!/bin/sh\nexit 9\n')],
  ])('goes on as it is where what it would start %s', async (_, pathOf) => {
    const execPath = pathOf();
    if (existsSync(execPath)) chmodSync(execPath, 0o755);
    const { child } = await serve({ execPath });
    expect(linesOf(child.pid, 'cmdline')).not.toEqual(expect.arrayContaining(own));
  });

  it('makes no object old because others of its kind lived long', async () => {
    const { told } = await serve({ nodeArgs: ['--trace-gc', '--trace-pretenuring-statistics'] });
    expect(told).toContain('Scavenge');
    expect(told).not.toContain('pretenuring:');
  });

  it('keeps the channel to its parent', async () => {
    const { child } = await serve({ channel: true });
    expect(child.connected).toBe(true);
    expect(linesOf(child.pid, 'cmdline')).not.toEqual(expect.arrayContaining(own));
  });

  it('is bounded for hotpath monitor too', async () => {
    const gateway = await startMetricsServer();
    const child = machine.start(['monitor', '--json', '--server', gateway.url, '--interval', '200ms']);
    await heard(child.stdout, /^\{.*\}\n/);
    expect(linesOf(child.pid, 'cmdline')).toContain('--max-semi-space-size=1');
    child.kill('SIGKILL');
    await gateway.stop();
  });
});
