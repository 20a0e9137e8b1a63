/** What loading a plugin took, wall-clock milliseconds: while several are loaded, each waits for the others' share of the thread. */
export interface LedgerEntry {
  readonly plugin: string;
  /** Absent while it is not imported. */
  readonly importMs?: number;
  /** Absent while it is not activated. */
  readonly activationMs?: number;
  readonly totalMs: number;
}

export interface Ledger {
  note(plugin: string, phase: 'import' | 'activation', durationMs: number): void;
  /** Slowest first. */
  entries(): readonly LedgerEntry[];
}

export const createLedger = (): Ledger => {
  const known = new Map<string, { import?: number; activation?: number }>();
  return {
    note: (plugin, phase, durationMs) => {
      known.set(plugin, { ...known.get(plugin), [phase]: durationMs });
    },
    entries: () =>
      [...known]
        .map(([plugin, { import: importMs, activation: activationMs }]) => ({
          plugin,
          ...(importMs !== undefined && { importMs }),
          ...(activationMs !== undefined && { activationMs }),
          totalMs: (importMs ?? 0) + (activationMs ?? 0),
        }))
        .sort((left, right) => right.totalMs - left.totalMs),
  };
};
