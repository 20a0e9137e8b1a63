import { channels } from '../src/events.ts';

// Whoever listens must change nothing: the same behaviour, with every channel subscribed.
for (const channel of Object.values(channels)) channel.subscribe(() => {});
await import('./exchanger.test.ts');
await import('./storing.test.ts');
await import('./translating.test.ts');
await import('./http-provider.test.ts');
await import('./query.test.ts');
