/** Held by asynchronous work on a key; tells whether a newer `set`, `delete` or `clear` came since it began. */
export interface Ticket {
  superseded: boolean;
  /** How many pieces of work share it. */
  holders: number;
}

export interface Tickets {
  take(key: string): Ticket;
  release(key: string, ticket: Ticket): void;
  supersede(key: string): void;
  supersedeAll(): void;
}

/**
 * Keeps a key only as long as work on it is under way, so that what it costs is bounded by concurrency and not by the
 * number of keys ever written. A version number per key would have to be kept for ever.
 */
export const createTickets = (): Tickets => {
  const open = new Map<string, Ticket>();
  return {
    take: (key) => {
      let ticket = open.get(key);
      if (ticket === undefined) {
        ticket = { superseded: false, holders: 0 };
        open.set(key, ticket);
      }
      ticket.holders += 1;
      return ticket;
    },
    release: (key, ticket) => {
      ticket.holders -= 1;
      if (ticket.holders === 0 && !ticket.superseded) open.delete(key);
    },
    supersede: (key) => {
      const ticket = open.get(key);
      if (ticket === undefined) return;
      ticket.superseded = true;
      open.delete(key);
    },
    supersedeAll: () => {
      for (const ticket of open.values()) ticket.superseded = true;
      open.clear();
    },
  };
};
