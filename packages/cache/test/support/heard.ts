import { afterAll, beforeAll, describe } from 'vitest';
import { channels } from '../../src/index.ts';

/** Declares the cases twice: unheard, and with somebody listening on every channel, which must change nothing. */
export const describeHeardAndUnheard = (name: string, cases: () => void): void => {
  describe(name, cases);
  describe(`${name}, with every channel heard`, () => {
    const listen = (): void => {};
    beforeAll(() => {
      for (const channel of Object.values(channels)) channel.subscribe(listen);
    });
    afterAll(() => {
      for (const channel of Object.values(channels)) channel.unsubscribe(listen);
    });
    cases();
  });
};
