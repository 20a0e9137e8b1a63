import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Listen } from '../source.ts';

/** Listens on channels by their names. What a listener throws is nobody's concern: whoever published goes on. */
export const listenOnChannels: Listen = (listeners) => {
  const all = Object.entries(listeners).map(([name, listener]) => {
    const heard = (message: unknown): void => (listener as (message: unknown) => void)(message);
    subscribe(name, heard);
    return [name, heard] as const;
  });
  return () => {
    for (const [name, heard] of all) unsubscribe(name, heard);
  };
};
