export interface FaultWindowOptions {
  /** How long a fault that was told is not told again, milliseconds. @default 10_000 */
  readonly windowMs?: number | undefined;
  /** Milliseconds that do not go back. @default performance.now */
  readonly now?: (() => number) | undefined;
}

const mostKinds = 1000;

/**
 * Keeps a fault that comes with every request from filling the log. Returns how often it came since it was last told, this
 * time included; undefined while it is too early to tell it again.
 */
export const createFaultWindow = (options: FaultWindowOptions = {}): ((kind: string) => number | undefined) => {
  const { windowMs = 10_000, now = () => performance.now() } = options;
  const kinds = new Map<string, { until: number; count: number }>();
  return (kind) => {
    const at = now();
    const known = kinds.get(kind);
    if (known && at < known.until) {
      known.count += 1;
      return undefined;
    }
    if (!known && kinds.size >= mostKinds) kinds.clear();
    kinds.set(kind, { until: at + windowMs, count: 0 });
    return (known?.count ?? 0) + 1;
  };
};
