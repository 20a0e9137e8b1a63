import { expect, it, vi } from 'vitest';
import { openContentThread } from '../../src/content/content-thread.ts';
import { captured } from './support.ts';

vi.mock('node:fs', async (original) => ({ ...(await original<typeof import('node:fs')>()), existsSync: () => false }));

it('says with the first thing sent that its script is missing, and not before', async () => {
  const thread = openContentThread({ store: { path: 'unused' } });
  await expect(thread.add([captured()])).rejects.toThrow(/event-store-worker\.js/);
  await expect(thread.count()).rejects.toMatchObject({ code: 'TELEMETRY_STORE_UNAVAILABLE' });
  await thread.close();
});
