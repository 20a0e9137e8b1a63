import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memory: string;
  readonly node: string;
  readonly kernel: string;
  /** Load average over one minute before the first round. */
  readonly load: number;
}

export const describeMachine = (): Machine => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memory: `${Math.round(totalmem() / 2 ** 30)} GB`,
  node: process.version,
  kernel: release(),
  load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
});

const tickMs = 1000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

interface ProcessTimes {
  readonly pid: number;
  readonly parent: number;
  /** CPU of the process itself, user and system, milliseconds. */
  readonly ownMs: number;
  /** CPU of its children that have ended and been waited for. */
  readonly reapedMs: number;
}

const timesOf = (pid: number): ProcessTimes | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name stands in brackets and may hold spaces: fields are counted from its end.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = (index: number): number => Number(fields[index] ?? 0);
    return {
      pid,
      parent: Number(fields[1]),
      ownMs: (ticks(11) + ticks(12)) * tickMs,
      reapedMs: (ticks(13) + ticks(14)) * tickMs,
    };
  } catch {
    return undefined;
  }
};

/** A process and all below it, as they are now. */
const processTree = (root: number): readonly ProcessTimes[] => {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (timesOf(Number(name)) ?? []) : []));
  const found: ProcessTimes[] = [];
  let level = all.filter((entry) => entry.pid === root);
  while (level.length > 0) {
    found.push(...level);
    const parents = new Set(level.map((entry) => entry.pid));
    level = all.filter((entry) => parents.has(entry.parent));
  }
  return found;
};

/** CPU that a process and everything below it has used so far, milliseconds in steps of a kernel tick. */
export const treeCpuMs = (root: number): number =>
  processTree(root).reduce((sum, entry) => sum + entry.ownMs + entry.reapedMs, 0);

/** CPU of one process and of those it has waited for, without its living children, milliseconds. */
export const ownCpuMs = (pid: number): number => {
  const times = timesOf(pid);
  return times === undefined ? 0 : times.ownMs + times.reapedMs;
};

const memoryLine = (status: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024;

/** Resident memory of a process and everything below it, megabytes: now, and the highest so far. */
export const treeMemory = (root: number): { readonly rssMb: number; readonly peakMb: number } => {
  let rssMb = 0;
  let peakMb = 0;
  for (const { pid } of processTree(root)) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      rssMb += memoryLine(status, 'VmRSS');
      peakMb += memoryLine(status, 'VmHWM');
    } catch {
      // It ended between the two looks.
    }
  }
  return { rssMb, peakMb };
};

/** CPU that the whole machine has spent on processes so far, time stolen by the hypervisor included, milliseconds. */
const machineBusyMs = (): number => {
  const fields = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]?.split(/\s+/).map(Number) ?? [];
  const [, user = 0, nice = 0, system = 0, , , , , steal = 0] = fields;
  return (user + nice + system + steal) * tickMs;
};

/** Watches how much CPU others take while we measure. */
export interface NoiseWatch {
  /**
   * Share of one core that processes outside this bench took since the last call; over the last half second when that was
   * sooner, because the kernel counts in steps of 10 ms.
   */
  lap(): number;
}

const shortestLapMs = 500;

export const watchNoise = (): NoiseWatch => {
  const look = () => ({ at: performance.now(), foreign: machineBusyMs() - treeCpuMs(process.pid) });
  let looks = [look()];
  return {
    lap: () => {
      const now = look();
      const from = looks.findLast((earlier) => now.at - earlier.at >= shortestLapMs) ?? looks[0] ?? now;
      const share = Math.max(0, (now.foreign - from.foreign) / Math.max(1, now.at - from.at));
      // Everything older than the look just used will never be asked for again.
      looks = [...looks.slice(looks.indexOf(from)), now];
      return Math.round(share * 1000) / 1000;
    },
  };
};

/** Pins this process, its threads and all that it starts without a core of its own. */
export const pinSelf = (core: number): void => {
  execFileSync('taskset', ['-a', '-c', '-p', String(core), String(process.pid)], { stdio: 'ignore' });
};
