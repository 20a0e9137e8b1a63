import type { Flight } from './flight.ts';

/** The flights under way. */
export interface Departures {
  /** The flight that answers this key and may still be joined. */
  find(key: string): Flight | undefined;
  /** Lists a flight, under its key where others may join it. Call the result when it ends or closes to joiners. */
  add(flight: Flight, key: string | undefined): () => void;
  all(): readonly Flight[];
}

/**
 * The map holds slots that are emptied, never flights themselves. V8 replaces the table of a `Map` every few dozen
 * insertions, and each old table keeps its entries and the table that followed: once one of them has grown old, all
 * later ones, and every answer that was under way at some replacement, outlive young collection. That made collections
 * ten times as slow.
 */
export function createDepartures(): Departures {
  const slots = new Map<string | number, { flight: Flight | undefined }>();
  let unnamed = 0;
  return {
    find: (key) => slots.get(key)?.flight,
    add(flight, key) {
      const name = key ?? unnamed++;
      const slot: { flight: Flight | undefined } = { flight };
      slots.set(name, slot);
      return () => {
        slot.flight = undefined;
        if (slots.get(name) === slot) slots.delete(name);
      };
    },
    all: () => [...slots.values()].flatMap(({ flight }) => flight ?? []),
  };
}
