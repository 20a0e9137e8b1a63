import { monitorEventLoopDelay } from 'node:perf_hooks';
import { sampleKind } from '../kinds/process.ts';
import type { Source } from '../source.ts';

export interface ProcessSourceOptions {
  /** What the process does, such as `serve`. @default "" */
  readonly command?: string | undefined;
  /** Time between two samples, milliseconds. @default 1000 */
  readonly everyMs?: number | undefined;
}

/** How often the delay of the event loop is looked at, milliseconds. */
const resolution = 20;

/** Samples processor, memory and event loop. It keeps no process alive. */
export const processSource = ({ command = '', everyMs = 1000 }: ProcessSourceOptions = {}): Source => ({
  name: 'process',
  start(collector) {
    const samples = collector.recorder(sampleKind);
    const delay = monitorEventLoopDelay({ resolution });
    delay.enable();
    let cpu = process.cpuUsage();
    let loop = performance.eventLoopUtilization();
    let atMs = performance.now();

    const sample = (): void => {
      const nowMs = performance.now();
      const used = process.cpuUsage(cpu);
      const { values, names } = samples;
      const { measureAt } = sampleKind;
      names[sampleKind.dimensionAt.command] = command;
      values[measureAt.cpu] = (used.user + used.system) / (nowMs - atMs);
      values[measureAt.memory] = process.memoryUsage.rss();
      values[measureAt.heap] = process.memoryUsage().heapUsed;
      // A reading is the time since the last one: what is beyond the interval is delay.
      if (delay.count > 0) values[measureAt.loop_delay] = Math.max(0, delay.percentile(99) / 1000 - resolution * 1000);
      values[measureAt.loop_busy] = performance.eventLoopUtilization(loop).utilization * 1000;
      delay.reset();
      cpu = process.cpuUsage();
      loop = performance.eventLoopUtilization();
      atMs = nowMs;
      samples.push(Date.now());
    };

    const timer = setInterval(sample, everyMs);
    timer.unref();
    return () => {
      clearInterval(timer);
      delay.disable();
    };
  },
});
