import { type Listen, type Listeners, listenOnChannels, channels as telemetryChannels } from '@hotpath/telemetry';

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
  /** Tells those who listen by now what was announced earlier, in its order. Never throws: what they throw is a fault of telemetry. */
  replay(): void;
}

export const listenSince = (earlier: readonly Announced[]): ListeningSince => {
  const all: Listeners[] = [];
  let replayedMs: number | undefined;
  const tell = (listeners: Listeners, channel: string, message: unknown): void => {
    try {
      listeners[channel]?.(message as never);
    } catch (error) {
      if (telemetryChannels.fault.hasSubscribers) telemetryChannels.fault.publish({ where: channel, error, lost: 1 });
    }
  };

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
        for (const listeners of all) tell(listeners, channel, message);
      }
      replayedMs = undefined;
    },
  };
};
