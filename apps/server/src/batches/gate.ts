export interface GateOptions {
  /** Lines that are being asked at the same time, of one batch. */
  readonly liveOfOne: number;
  /** Of all batches. */
  readonly live: number;
  /** Lines in memory, also those that wait for their answer in the economy lane. */
  readonly lines: number;
  /** Of all lines in memory, as they are written in their files. */
  readonly bytes: number;
}

/** What one batch holds of the gate. */
export interface Pass {
  /** Whether a line of so many bytes may be read and asked now. */
  tryEnter(bytes: number): boolean;
  /** The line waits for hours now, and asks nobody meanwhile. */
  park(): void;
  /** The line is over. `wasParked`: since it last entered. */
  leave(bytes: number, wasParked: boolean): void;
  /** Gives up being told of room. */
  close(): void;
}

/** Bounds what all batches together ask and hold in memory. */
export interface Gate {
  /** `onRoom` is called when a line that was refused might get in now. */
  open(onRoom: () => void): Pass;
}

export const createGate = ({ liveOfOne, live: mostLive, lines: mostLines, bytes: mostBytes }: GateOptions): Gate => {
  const listeners = new Set<() => void>();
  let live = 0;
  let lines = 0;
  let bytes = 0;
  let isTold = false;

  /** All are told, and those that were told last come first the next time: no batch starves another. */
  const tell = (): void => {
    if (isTold) return;
    isTold = true;
    queueMicrotask(() => {
      isTold = false;
      const [first] = listeners;
      for (const listener of [...listeners]) listener();
      if (first && listeners.delete(first)) listeners.add(first);
    });
  };

  return {
    open(onRoom) {
      let own = 0;
      listeners.add(onRoom);
      return {
        tryEnter(size) {
          // A line that is larger than all may be together must get in some time.
          const hasRoom = lines === 0 || (lines < mostLines && bytes + size <= mostBytes);
          if (own >= liveOfOne || live >= mostLive || !hasRoom) return false;
          own += 1;
          live += 1;
          lines += 1;
          bytes += size;
          return true;
        },
        park() {
          own -= 1;
          live -= 1;
          tell();
        },
        leave(size, wasParked) {
          if (!wasParked) {
            own -= 1;
            live -= 1;
          }
          lines -= 1;
          bytes -= size;
          tell();
        },
        close: () => void listeners.delete(onRoom),
      };
    },
  };
};
