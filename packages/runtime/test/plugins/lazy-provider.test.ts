import type { Provider } from '@hotpath/ai-router';
import { describe, expect, it } from 'vitest';
import { createLazyProvider } from '../../src/plugins/lazy-provider.ts';

/** A provider that lists its own name, opened when the test says so. */
const named = (name: string): Provider => ({
  id: 'lazy',
  protocols: ['openai-chat'],
  models: async () => [name],
  send: () => ({ pause() {}, resume() {}, abort() {} }),
  close: async () => {},
});

describe('a provider that is opened late', () => {
  it('is the one of the newest code, though older code comes after it', async () => {
    let generation = 0;
    const openings: ((provider: Provider) => void)[] = [];
    const lazy = createLazyProvider({
      id: 'lazy',
      protocols: ['openai-chat'],
      models: [],
      scope: '',
      open: () => new Promise((resolve) => openings.push(resolve)),
      generation: () => generation,
    });
    const older = lazy.models();
    generation = 1;
    const newer = lazy.models();
    openings[1]?.(named('new'));
    expect(await newer).toEqual(['new']);
    openings[0]?.(named('old'));
    await older;
    expect(await lazy.models()).toEqual(['new']);
    expect(openings).toHaveLength(2);
  });
});
