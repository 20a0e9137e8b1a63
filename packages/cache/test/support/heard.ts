import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe } from 'vitest';
import { channels } from '../../src/index.ts';

type Describe = (name: string, cases: () => void) => unknown;

const twice =
  (declare: Describe) =>
  (name: string, cases: (isHeard: boolean) => void): void => {
    declare(name, () => cases(false));
    declare(`${name}, with every channel heard`, () => {
      const listen = (): void => {};
      beforeAll(() => {
        for (const channel of Object.values(channels)) channel.subscribe(listen);
      });
      afterAll(() => {
        for (const channel of Object.values(channels)) channel.unsubscribe(listen);
      });
      cases(true);
    });
  };

/**
 * Declares the cases twice: unheard, and with somebody listening on every channel, which must change nothing. Cases that
 * take long do less where `isHeard`.
 */
export const describeHeardAndUnheard = Object.assign(twice(describe), {
  skipIf: (condition: boolean) => twice(describe.skipIf(condition)),
});

/** Arguments for a Node in which somebody listens on every channel too. */
export const nodeArgumentsFor = (isHeard: boolean): readonly string[] =>
  isHeard ? ['--import', fileURLToPath(new URL('../children/hear.ts', import.meta.url))] : [];
