import { aborted } from '../errors.ts';
import type { Gate, Waiter } from './gate.ts';
import { type Amount, type Ending, Hold, refuse, type Verdict } from './reservation.ts';

export interface WaiterOptions {
  readonly order: number;
  readonly deadline: number;
  readonly gates: readonly Gate[];
  readonly amount: Amount;
  readonly at: Gate;
  readonly signal: AbortSignal | undefined;
  readonly ending: Ending;
  /** It left on its own account: the next ones may fit. */
  readonly onAbort: (at: Gate) => void;
}

/** Puts a call in line. Whatever becomes of it, nothing stays behind: no place, no listener. */
export function queueUp(options: WaiterOptions): Promise<Verdict> {
  const { gates, amount, signal, ending } = options;
  const { tokens } = amount;
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      waiter.isWaiting = false;
      waiter.at.line.remove(waiter);
      signal?.removeEventListener('abort', onAbort);
      for (const gate of gates) gate.awaited -= 1;
    };
    const onAbort = (): void => {
      waiter.fail(aborted(signal?.reason));
      options.onAbort(waiter.at);
    };
    const waiter: Waiter = {
      order: options.order,
      deadline: options.deadline,
      before: undefined,
      after: undefined,
      gates,
      tokens,
      at: options.at,
      isWaiting: true,
      grant(now) {
        leave();
        resolve(new Hold(gates, amount, now, ending));
      },
      refuse(gate, lack) {
        leave();
        resolve(refuse(gate, lack, tokens));
      },
      fail(error) {
        leave();
        reject(error);
      },
    };
    for (const gate of gates) gate.awaited += 1;
    signal?.addEventListener('abort', onAbort, { once: true });
    waiter.at.line.insert(waiter);
  });
}
