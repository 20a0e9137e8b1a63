/** What one turn of the event loop takes: some 20 ms of writing down. */
const mostRequests = 100;
const mostBytes = 1_000_000;

/** Lets in as many as one turn of the event loop can bear, and the others in the turns that follow, in their order. */
export interface Entrance {
  /** Whether one more must wait. */
  isFull(): boolean;
  /** One came in at once. */
  count(bytes: number): void;
  /** Lets one in later, unless the result is called before. */
  queue(bytes: number, enter: () => void): () => void;
  /** Forgets those that wait. */
  close(): void;
}

interface Waiting {
  readonly bytes: number;
  enter: (() => void) | undefined;
}

/** `nextTurn`: runs something once others had their turn. @default setImmediate */
export function createEntrance(nextTurn: (run: () => void) => void = setImmediate): Entrance {
  let waiting: Waiting[] = [];
  let requests = 0;
  let bytes = 0;
  let isTurning = false;

  const isSpent = (): boolean => requests >= mostRequests || bytes >= mostBytes;

  const count = (size: number): void => {
    requests += 1;
    bytes += size;
    if (isTurning) return;
    isTurning = true;
    nextTurn(turn);
  };

  const turn = (): void => {
    isTurning = false;
    requests = 0;
    bytes = 0;
    const queued = waiting;
    let taken = 0;
    while (taken < queued.length && !isSpent()) {
      const next = queued[taken++] as Waiting;
      if (!next.enter) continue;
      count(next.bytes);
      next.enter();
    }
    // What was queued meanwhile stands at the end of the same list, unless all was forgotten.
    if (taken > 0) queued.splice(0, taken);
  };

  return {
    isFull: () => waiting.length > 0 || isSpent(),
    count,
    queue(size, enter) {
      const one: Waiting = { bytes: size, enter };
      waiting.push(one);
      return () => {
        one.enter = undefined;
      };
    },
    close() {
      for (const one of waiting) one.enter = undefined;
      waiting = [];
    },
  };
}
