import type { Ticket } from './exchange.ts';

/** Of an answer that needs nobody any more. */
export const settled: Ticket = { leave: () => undefined, resume() {} };

/** Stands for a ticket that is still being found; a client may leave meanwhile. */
export function pendingTicket(
  found: Promise<Ticket>,
  onFailure: (error: unknown) => void,
  onLeave: () => void,
): Ticket {
  let left = false;
  let ticket: Ticket | undefined;
  found.then(
    (real) => {
      ticket = real;
      if (left) real.leave();
    },
    (error: unknown) => {
      if (!left) onFailure(error);
    },
  );
  return {
    leave() {
      left = true;
      onLeave();
      return ticket?.leave();
    },
    resume: () => ticket?.resume(),
  };
}
