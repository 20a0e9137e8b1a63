import type { InvalidationListener } from '../../store.ts';

export interface HearingOptions {
  /** Applies what others have committed; throws where the file cannot be asked. */
  readonly read: () => void;
  /** Tells the listener what was read. */
  readonly notify: () => void;
  readonly isClosed: () => boolean;
}

/** Asks the file what other processes did, and tells when that has not been possible for too long. */
export interface Hearing {
  poll(): void;
  listen(listener: InvalidationListener): void;
}

/** Others count as unheard when the file could not be asked for this long, milliseconds. */
const trustMs = 1_000;

export const createHearing = ({ read, notify, isClosed }: HearingOptions): Hearing => {
  let unheardSince: number | undefined;
  let isUnheard = false;
  let listener: InvalidationListener | undefined;
  return {
    poll: () => {
      if (isClosed()) return;
      try {
        read();
        unheardSince = undefined;
        if (isUnheard) {
          isUnheard = false;
          listener?.unheard(false);
        }
      } catch (error) {
        unheardSince ??= performance.now();
        if (!isUnheard && performance.now() - unheardSince >= trustMs) {
          isUnheard = true;
          listener?.unheard(true);
        }
        throw error;
      } finally {
        notify();
      }
    },
    listen: (given) => {
      listener = given;
    },
  };
};
