import { afterAll, vi } from 'vitest';
import { channels } from '../src/events.ts';

// Whoever listens must change nothing: the same behaviour, with every channel subscribed.
const listen = (): void => {};
for (const channel of Object.values(channels)) channel.subscribe(listen);
afterAll(() => {
  for (const channel of Object.values(channels)) channel.unsubscribe(listen);
});
// A worker that has run these files already would declare nothing a second time.
vi.resetModules();
await import('./exchanger.test.ts');
await import('./storing.test.ts');
await import('./translating.test.ts');
await import('./http-provider.test.ts');
await import('./query.test.ts');
