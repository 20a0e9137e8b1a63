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
      closeMs: 1_000,
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

  it('is closed though an older one throws at that or never ends', async () => {
    const closed: string[] = [];
    const closings = {
      thrower: () => {
        throw new Error('not today');
      },
      hanging: () => new Promise<void>(() => {}),
      good: async () => void closed.push('good'),
    };
    const names = Object.keys(closings) as (keyof typeof closings)[];
    let generation = 0;
    const lazy = createLazyProvider({
      id: 'lazy',
      protocols: ['openai-chat'],
      models: [],
      scope: '',
      closeMs: 20,
      open: async () => {
        const name = names[generation] as keyof typeof closings;
        return { ...named(name), close: closings[name] };
      },
      generation: () => generation,
    });
    for (const [index, name] of names.entries()) {
      generation = index;
      expect(await lazy.models()).toEqual([name]);
    }
    await lazy.close();
    expect(closed).toEqual(['good']);
  });
});
