/** What V8's sampling profiler writes (Chrome DevTools Protocol, `Profiler.Profile`), and whose it is. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** Microseconds. */
  readonly startTime: number;
  readonly endTime: number;
  /** The node on top of the stack at each sample. */
  readonly samples: readonly number[];
  /** Microseconds from the sample before. */
  readonly timeDeltas: readonly number[];
  readonly process?: {
    readonly pid: number;
    readonly parent: number;
    readonly thread: number;
    readonly command: readonly string[];
  };
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  readonly children?: readonly number[];
}

export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  /** From 0. */
  readonly lineNumber: number;
}

/** A stack and all above it. */
export interface StackNode {
  readonly frame: CallFrame;
  /** Time on top of the stack, microseconds. */
  readonly selfUs: number;
  /** With what it called. */
  readonly totalUs: number;
  readonly children: readonly StackNode[];
}

/** How long each node was on top of the stack: from its sample to the next one. */
const selfTimes = ({ samples, timeDeltas, startTime, endTime }: CpuProfile): ReadonlyMap<number, number> => {
  const times = new Map<number, number>();
  let at = startTime;
  samples.forEach((id, index) => {
    at += timeDeltas[index] ?? 0;
    const us = index + 1 < samples.length ? (timeDeltas[index + 1] ?? 0) : endTime - at;
    // Clocks of cores may differ: a step back is no time.
    times.set(id, (times.get(id) ?? 0) + Math.max(0, us));
  });
  return times;
};

/** Where the processor was not needed. */
const isIdle = ({ functionName, url }: CallFrame): boolean => functionName === '(idle)' && url === '';

export interface Stacks {
  readonly root: StackNode;
  readonly idleUs: number;
}

const noFrame: CallFrame = { functionName: '(root)', url: '', lineNumber: -1 };

/** The stacks of a profile with their times, longest first; idle time is told apart. Throws for what is no profile. */
export const readStacks = (profile: CpuProfile): Stacks => {
  const times = selfTimes(profile);
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  let idleUs = 0;
  const build = ({ id, callFrame, children = [] }: ProfileNode): StackNode => {
    const inner = children
      .map((child) => nodes.get(child))
      .filter((node) => node !== undefined)
      .map(build)
      .filter(({ totalUs }) => totalUs > 0)
      .sort((left, right) => right.totalUs - left.totalUs);
    const ownUs = times.get(id) ?? 0;
    if (isIdle(callFrame)) idleUs += ownUs;
    const selfUs = isIdle(callFrame) ? 0 : ownUs;
    return {
      frame: callFrame,
      selfUs,
      totalUs: inner.reduce((sum, { totalUs }) => sum + totalUs, selfUs),
      children: inner,
    };
  };
  const [first] = profile.nodes;
  return { root: first === undefined ? { frame: noFrame, selfUs: 0, totalUs: 0, children: [] } : build(first), idleUs };
};
