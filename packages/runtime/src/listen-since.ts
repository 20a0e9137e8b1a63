import { type Listen, type Listeners, listenOnChannels } from '@hotpath/telemetry';

/** A message on one of the channels that are listened to. */
export interface Announced {
  readonly channel: string;
  readonly message: unknown;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/** Hears what was announced earlier as if it had listened then. */
export interface ListeningSince {
  readonly listen: Listen;
  /** All that is listened to by now. */
  channels(): readonly string[];
  /** The time of what is heard, epoch milliseconds. */
  now(): number;
  /** Tells those who listen by now what was announced earlier, in its order. */
  replay(): void;
}

export const listenSince = (earlier: readonly Announced[]): ListeningSince => {
  const all: Listeners[] = [];
  let replayedMs: number | undefined;
  return {
    listen(listeners) {
      all.push(listeners);
      return listenOnChannels(listeners);
    },
    channels: () => all.flatMap((listeners) => Object.keys(listeners)),
    now: () => replayedMs ?? Date.now(),
    replay() {
      for (const { channel, message, atMs } of earlier) {
        replayedMs = atMs;
        for (const listeners of all) listeners[channel]?.(message as never);
      }
      replayedMs = undefined;
    },
  };
};
