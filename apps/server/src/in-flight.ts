import type { ServerResponse } from 'node:http';

/** The answers that are still being written. */
export interface InFlight {
  add(response: ServerResponse): void;
  /** Calls `onIdle` once there is none, at once where that is so already. */
  whenIdle(onIdle: () => void): void;
}

export function createInFlight(): InFlight {
  let count = 0;
  let waiting: (() => void)[] = [];
  return {
    add(response) {
      count++;
      response.once('close', () => {
        count--;
        if (count > 0) return;
        const idle = waiting;
        waiting = [];
        for (const onIdle of idle) onIdle();
      });
    },
    whenIdle(onIdle) {
      if (count === 0) onIdle();
      else waiting.push(onIdle);
    },
  };
}
