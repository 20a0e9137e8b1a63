/** Timers and the time of day. */
export interface LaneClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Runs something later, unless the result is called before. `holds`: the process stays for it. */
  after(ms: number, run: () => void, holds?: boolean): () => void;
}

/** How requests that can wait are collected for their providers' batch APIs. */
export interface EconomyOptions {
  /** The file in which it is written down what was collected and submitted; made where there is none. */
  readonly journalPath: string;
  /** How long requests are collected before they go out together, milliseconds. @default 30,000 */
  readonly windowMs?: number;
  /** So long before its deadline a request is asked live, milliseconds. @default 300,000 (5 min) */
  readonly liveReserveMs?: number;
  /** Requests whose deadline is nearer than this are asked live at once, milliseconds. @default 900,000 (15 min) */
  readonly leastWaitMs?: number;
  /** Requests of one batch at most, where the provider does not set less. @default 10,000 */
  readonly maxRequests?: number;
  /** Bytes of one batch at most, where the provider does not set less. @default 67,108,864 (64 MB) */
  readonly maxBytes?: number;
  /** The first look after a batch, milliseconds. @default 10,000 */
  readonly pollMs?: number;
  /** The longest time between two looks, milliseconds. @default 120,000 */
  readonly maxPollMs?: number;
  /**
   * A submission of which nobody knows whether it arrived is sent again where the provider does not list it, nor so long
   * after, milliseconds. @default 60,000
   */
  readonly settleMs?: number;
  /**
   * Whether to go on with what others have left behind: processes that ended before their batches did. @default true
   */
  readonly resume?: boolean;
  /** @default the machine's */
  readonly clock?: LaneClock;
}

export type EconomySettings = Required<EconomyOptions>;

/** The longest delay that a timer of Node takes. */
const longestDelayMs = 2_147_483_647;

const systemClock: LaneClock = {
  now: Date.now,
  after(ms, run, holds = false) {
    const timer = setTimeout(run, Math.min(Math.max(0, ms), longestDelayMs));
    if (!holds) timer.unref();
    return () => clearTimeout(timer);
  },
};

export const economySettings = (options: EconomyOptions): EconomySettings => ({
  journalPath: options.journalPath,
  windowMs: options.windowMs ?? 30_000,
  liveReserveMs: options.liveReserveMs ?? 300_000,
  leastWaitMs: options.leastWaitMs ?? 900_000,
  maxRequests: options.maxRequests ?? 10_000,
  maxBytes: options.maxBytes ?? 67_108_864,
  pollMs: options.pollMs ?? 10_000,
  maxPollMs: options.maxPollMs ?? 120_000,
  settleMs: options.settleMs ?? 60_000,
  resume: options.resume ?? true,
  clock: options.clock ?? systemClock,
});
