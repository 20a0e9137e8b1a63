/** What a child that draws frames is asked for. */
export interface FrameJob {
  readonly columns: number;
  readonly rows: number;
  readonly frames: number;
  /** Where ink and React are; the child of Hotpath has no need of it. */
  readonly packages?: string;
}

export interface FrameResult {
  /** Of each frame, from the sample until its bytes are handed over, milliseconds. */
  readonly frameMs: readonly number[];
  /** Processor time of the main thread for each, milliseconds. */
  readonly cpuMs: readonly number[];
  readonly bytesPerFrame: number;
  readonly rssMb: number;
}

/** Frames that are drawn before any is timed. */
export const warmUpFrames = 100;

/** Processor time of this thread so far, milliseconds. */
export const threadCpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

export const megabytes = (bytes: number): number => bytes / 2 ** 20;
