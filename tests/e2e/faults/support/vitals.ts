// Loaded into a gateway's process: on SIGUSR2 it collects garbage and writes how the process is to a file.
import { renameSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface Vitals {
  /** Bytes after a full collection. */
  readonly heapUsed: number;
  readonly arrayBuffers: number;
  readonly external: number;
  readonly rss: number;
  /** What keeps the event loop alive, by kind. */
  readonly resources: Readonly<Record<string, number>>;
  /** Since the last time, milliseconds. */
  readonly loopDelay: { readonly p99: number; readonly max: number };
}

const path = process.env.HOTPATH_TEST_VITALS;
if (path) {
  setFlagsFromString('--expose-gc');
  const gc: () => void = runInNewContext('gc');
  const delays = monitorEventLoopDelay({ resolution: 10 });
  delays.enable();
  process.on('SIGUSR2', () => {
    const loopDelay = { p99: delays.percentile(99) / 1e6, max: delays.max / 1e6 };
    for (let count = 0; count < 3; count += 1) gc();
    const { heapUsed, arrayBuffers, external, rss } = process.memoryUsage();
    const resources: Record<string, number> = {};
    for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
    const vitals: Vitals = { heapUsed, arrayBuffers, external, rss, resources, loopDelay };
    writeFileSync(`${path}.new`, JSON.stringify(vitals));
    renameSync(`${path}.new`, path);
    delays.reset();
  });
}
