import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Announced } from '@hotpath/runtime/telemetry';

/** All that is recorded of what happens in a command that ends soon. */
export const recordedChannels: readonly string[] = [
  'hotpath:ai-router:request-end',
  'hotpath:ai-router:attempt-end',
  'hotpath:ai-router:cache-fault',
  'hotpath:ai-router:economy',
  'hotpath:cache:lookup-end',
  'hotpath:cache:load-end',
  'hotpath:cache:query-end',
  'hotpath:cache:store-fault',
  'hotpath:cache:entry-dropped',
  'hotpath:batch:query-end',
  'hotpath:batch:run',
  'hotpath:plugins:import-end',
  'hotpath:plugins:activation-end',
  'hotpath:plugins:deactivation-end',
  'hotpath:plugins:problem-found',
  'hotpath:server:request-refused',
  'hotpath:server:key-query-end',
  'hotpath:runtime:config-reload',
  'hotpath:runtime:plugin-reload',
  'hotpath:telemetry:fault',
];

/** Announced only where prompts and answers are captured: whoever listens makes it cost something. */
export const contentChannel = 'hotpath:ai-router:content';

/** What was announced since, until somebody records it. */
export interface HeardEarly {
  readonly announced: readonly Announced[];
  stop(): void;
}

/** Notes what is announced, which takes nothing to load. `most`: so many are noted before `onMost` is called, once. */
export const hearEarly = (channels: readonly string[], most: number, onMost: () => void): HeardEarly => {
  const announced: Announced[] = [];
  const listeners = channels.map((channel) => {
    const hear = (message: unknown): void => {
      announced.push({ channel, message, atMs: Date.now() });
      if (announced.length === most) onMost();
    };
    subscribe(channel, hear);
    return [channel, hear] as const;
  });
  return {
    announced,
    stop() {
      for (const [channel, hear] of listeners) unsubscribe(channel, hear);
    },
  };
};
