import { constants } from 'node:os';
import { processState } from './process-state.ts';

const caught = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;
const fromKeyboard: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];

/** What a shell makes of an end by a signal. */
export const exitCodeOf = (signal: NodeJS.Signals): number => 128 + (constants.signals[signal] ?? 0);

/**
 * Whether a signal that reached us has reached our child as well, which is in the same process group. A terminal's keys
 * reach the whole group. So does a terminal that goes away: its shell passes the hang-up on to all of a job, unless we are
 * that terminal's only command. Whatever else there is was sent to us alone.
 */
const hasReachedGroup = (signal: NodeJS.Signals, hadTerminal: boolean): boolean => {
  const now = processState(process.pid);
  if (now === undefined) return fromKeyboard.includes(signal) && process.stdin.isTTY === true;
  if (fromKeyboard.includes(signal)) return now.isForeground;
  return signal === 'SIGHUP' && hadTerminal && !now.hasTerminal && !now.isSessionLeader;
};

/** A terminal's end may be heard of a little before it has ended. */
const hangUpMs = 100;

export interface Signals {
  /** The first one that comes before there is a child. */
  readonly early: Promise<NodeJS.Signals>;
  /** From now on signals go to a child, each one once; also the early one, if there was one. */
  passTo(send: (signal: NodeJS.Signals) => void): void;
  /** From now on they go no further. */
  handle(onSignal: (signal: NodeJS.Signals) => void): void;
}

/** Catches every signal that would end this process, from now until its end: it must not end before its child. */
export const catchSignals = (): Signals => {
  const early = Promise.withResolvers<NodeJS.Signals>();
  let first: NodeJS.Signals | undefined;
  let take = (signal: NodeJS.Signals): void => {
    first ??= signal;
    early.resolve(signal);
  };
  for (const signal of caught) process.on(signal, () => take(signal));
  return {
    early: early.promise,
    passTo(send) {
      const hadTerminal = processState(process.pid)?.hasTerminal === true;
      const sendOnce = (signal: NodeJS.Signals): void => {
        if (!hasReachedGroup(signal, hadTerminal)) send(signal);
      };
      take = (signal) => {
        if (signal === 'SIGHUP' && hadTerminal) setTimeout(sendOnce, hangUpMs, signal);
        else sendOnce(signal);
      };
      if (first !== undefined) send(first);
    },
    handle(onSignal) {
      take = onSignal;
    },
  };
};
