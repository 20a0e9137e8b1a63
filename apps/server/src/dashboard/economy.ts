import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { EconomyEvent, EconomyView } from '@hotpath/runtime';
import { shown } from '../log/shown.ts';
import type { EconomyStateView } from './contract.ts';

const channel = 'hotpath:ai-router:economy';
const mostKept = 100;

export interface EconomyLog {
  /** The newest first. */
  history(): EconomyStateView['history'];
  close(): void;
}

/** Keeps in memory what became of batches of the economy lane. */
export const createEconomyLog = (now: () => number): EconomyLog => {
  let kept: EconomyStateView['history'] = [];
  const onEvent = (message: unknown): void => {
    const { type, provider = null, batchId = null, requests = null, error } = message as EconomyEvent;
    const problem = error === undefined ? null : shown(error instanceof Error ? error.message : String(error));
    kept = [{ at: now(), type, provider, batchId, requests, problem }, ...kept].slice(0, mostKept);
  };
  subscribe(channel, onEvent);
  return { history: () => kept, close: () => void unsubscribe(channel, onEvent) };
};

/** `lane`: undefined where there is none. */
export const economyView = (lane: EconomyView | undefined, log: EconomyLog): EconomyStateView => ({
  version: 1,
  isEnabled: lane !== undefined,
  collecting: lane?.collecting ?? [],
  batches: (lane?.batches ?? []).map(({ batchId = null, ...batch }) => ({ ...batch, batchId })),
  history: log.history(),
});
