import { requestInvalid } from '../errors.ts';
import { type Period, periods } from './period.ts';

/** What was spent, as plain JSON. */
export interface SpendingSnapshot {
  readonly version: 1;
  /** The process that wrote it, so that it knows its own share when it reads it again. */
  readonly run: string;
  readonly spent: readonly SpentEntry[];
}

export interface SpentEntry {
  readonly name: string;
  readonly period: Period;
  /** When the period began, epoch milliseconds. */
  readonly start: number;
  /** Spent in it, US dollars. */
  readonly usd: number;
  /** Of `usd`, what the process `run` spent. */
  readonly ownUsd: number;
}

/** Throws `ROUTER_REQUEST_INVALID` for anything but a snapshot. */
export function parseSnapshot(value: unknown): SpendingSnapshot {
  const snapshot = value as SpendingSnapshot | null | undefined;
  if (
    snapshot?.version !== 1 ||
    typeof snapshot.run !== 'string' ||
    !Array.isArray(snapshot.spent) ||
    !snapshot.spent.every(isEntry)
  ) {
    throw requestInvalid('This is no snapshot of what was spent. Restore what "snapshot" returned.', 'snapshot');
  }
  return snapshot;
}

const isAmount = (value: unknown): value is number => typeof value === 'number' && value >= 0 && Number.isFinite(value);

function isEntry(value: unknown): value is SpentEntry {
  const entry = value as SpentEntry | null | undefined;
  return (
    typeof entry?.name === 'string' &&
    periods.includes(entry.period) &&
    isAmount(entry.start) &&
    isAmount(entry.usd) &&
    isAmount(entry.ownUsd) &&
    entry.ownUsd <= entry.usd
  );
}
