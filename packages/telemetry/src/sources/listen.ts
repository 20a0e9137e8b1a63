import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { channels } from '../events.ts';
import type { Listen } from '../source.ts';

/**
 * Listens on channels by their names. What a listener throws is a fault of telemetry: left to Node it would be an exception that nobody
 * catches, and end the process.
 */
export const listenOnChannels: Listen = (listeners) => {
  const all = Object.entries(listeners).map(([name, listener]) => {
    const heard = (message: unknown): void => {
      try {
        (listener as (message: unknown) => void)(message);
      } catch (error) {
        if (channels.fault.hasSubscribers) channels.fault.publish({ where: name, error, lost: 1 });
      }
    };
    subscribe(name, heard);
    return [name, heard] as const;
  });
  return () => {
    for (const [name, heard] of all) unsubscribe(name, heard);
  };
};
