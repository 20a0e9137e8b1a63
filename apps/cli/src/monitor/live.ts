import { setTimeout as sleep } from 'node:timers/promises';
import { createScreen } from '../screen/screen.ts';
import type { ColorDepth } from '../screen/styles.ts';
import { takeTerminal } from '../screen/terminal.ts';
import { type Content, drawMonitor, leastColumns, leastRows } from './draw.ts';
import { type FocusPanel, firstState, pressKey, type Wish } from './interface-state.ts';
import type { Session } from './session.ts';

export interface LiveOptions {
  readonly session: Session;
  readonly intervalMs: number;
  /** How far back the local store is looked at. */
  readonly rangeMs: number;
  readonly signal: AbortSignal;
}

const exitCodes = { quit: 0, interrupt: 130, hangup: 129 } as const;

const depthOf = (bits: number): ColorDepth => (bits === 4 || bits === 8 || bits === 24 ? bits : 1);

/** Nobody who quits waits for a gateway that is silent. */
const unlessAborted = async <Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> => {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};

/** Some terminals, serial ones above all, do not know their size. */
const sizeOf = (columns: number, rows: number) => ({ columns: columns || leastColumns, rows: rows || leastRows });

/** Shows what the session tells until somebody quits or `signal` aborts. Resolves to the exit code. */
export const showLive = async ({ session, intervalMs, rangeMs, signal }: LiveOptions): Promise<number> => {
  const { stdin, stdout } = process;
  const screen = createScreen(stdout, {
    ...sizeOf(stdout.columns, stdout.rows),
    depth: depthOf(stdout.getColorDepth()),
  });
  const end = new AbortController();
  const either = AbortSignal.any([signal, end.signal]);
  let exitCode: number = exitCodes.quit;
  let state = { ...firstState, rangeMs };
  let content: Content | undefined;
  let latest: Content | undefined;
  let panels: readonly FocusPanel[] = [];
  let isPlanned = false;

  const paint = (): void => {
    isPlanned = false;
    if (either.aborted || !content) return;
    const shown = content;
    screen.paint((cells) => {
      panels = drawMonitor(cells, shown, state);
    });
  };
  // Keys come in bursts: one frame for all of them.
  const plan = (): void => {
    if (isPlanned) return;
    isPlanned = true;
    setImmediate(paint);
  };
  const leave = (code: number): void => {
    exitCode = code;
    end.abort();
  };
  let wake = new AbortController();
  const redraw = (): void => {
    screen.forget();
    plan();
  };
  const fulfil: Readonly<Record<Wish, () => void>> = {
    quit: () => leave(exitCodes.quit),
    interrupt: () => leave(exitCodes.interrupt),
    suspend: () => terminal.suspend(),
    redraw,
    look: () => wake.abort(),
  };

  const terminal = takeTerminal(stdin, stdout, {
    onKey(key) {
      const { state: next, wish } = pressKey(state, key, panels);
      state = next;
      if (!state.isPaused) content = latest;
      if (wish) fulfil[wish]();
      plan();
    },
    onResize(newColumns, newRows) {
      const size = sizeOf(newColumns, newRows);
      screen.resize(size.columns, size.rows);
      plan();
    },
    onReturn: redraw,
    onHangup: () => leave(exitCodes.hangup),
  });
  try {
    let nextAt = performance.now();
    while (!either.aborted) {
      latest = await unlessAborted(session.sample(either, state.rangeMs), either);
      if (!state.isPaused) content = latest;
      plan();
      // A gateway that was slow, or a machine that slept, is not asked more often for it.
      nextAt = Math.max(nextAt + intervalMs, performance.now());
      await sleep(nextAt - performance.now(), undefined, { signal: AbortSignal.any([either, wake.signal]) }).catch(
        () => {
          either.throwIfAborted();
          // Somebody wants to see it now; the next look is an interval from then.
          wake = new AbortController();
          nextAt = performance.now();
        },
      );
    }
  } catch (error) {
    if (!either.aborted) throw error;
  } finally {
    terminal.restore();
  }
  return exitCode;
};
