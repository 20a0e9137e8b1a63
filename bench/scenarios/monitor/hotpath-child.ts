// @boundaries-ignore the view is measured as the command draws it
import { compileLess } from '../../../apps/cli/src/monitor/compile-less.ts';
// @boundaries-ignore the view is measured as the command draws it
import { drawMonitor } from '../../../apps/cli/src/monitor/draw.ts';
// @boundaries-ignore the view is measured as the command draws it
import { firstState } from '../../../apps/cli/src/monitor/interface-state.ts';
// @boundaries-ignore the view is measured as the command draws it
import { createScreen } from '../../../apps/cli/src/screen/screen.ts';
import { answerParent } from '../../harness/child.ts';
import { type FrameJob, type FrameResult, megabytes, threadCpuMs, warmUpFrames } from './frame-job.ts';
import { createSamples } from './samples.ts';

await answerParent<FrameJob>(async ({ columns, rows, frames }): Promise<FrameResult> => {
  compileLess();
  let bytes = 0;
  const output = {
    write(text: string) {
      bytes += Buffer.byteLength(text);
      return true;
    },
    once: () => {},
  };
  const screen = createScreen(output, { columns, rows, depth: 24 });
  const next = createSamples(24);
  const frameMs: number[] = [];
  const cpuMs: number[] = [];
  for (let frame = 0; frame < warmUpFrames + frames; frame += 1) {
    const content = next();
    const cpuBefore = threadCpuMs();
    const startedAt = performance.now();
    screen.paint((cells) => void drawMonitor(cells, content, firstState));
    const took = performance.now() - startedAt;
    if (frame < warmUpFrames) bytes = 0;
    else {
      frameMs.push(took);
      cpuMs.push(threadCpuMs() - cpuBefore);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { frameMs, cpuMs, bytesPerFrame: bytes / frames, rssMb: megabytes(process.memoryUsage().rss) };
});
