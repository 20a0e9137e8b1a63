import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import promises from 'node:timers/promises';
import { clockVariable, readClock, virtualTime } from './virtual-clock.ts';

// Loaded before a program (`node --import`), lets an hour pass for it in a minute: what it reads of the time and every timer
// it sets go by the virtual clock. Sockets, files and the processor keep to the real one. The program is not changed, so that
// what waits in it for hours (lifetimes, windows, polling) can be measured as it is installed.
const clock = readClock(process.env[clockVariable]);
const { speed } = clock;

const RealDate = Date;
const realNow = performance.now.bind(performance);
const now = (): number => virtualTime(clock, performance.timeOrigin + realNow());

class FastDate extends RealDate {
  constructor(...given: [] | ConstructorParameters<DateConstructor>) {
    if (given.length === 0) super(now());
    else super(...given);
  }
  static override now(): number {
    return Math.floor(now());
  }
}
globalThis.Date = FastDate as DateConstructor;
Object.defineProperty(performance, 'now', { value: () => realNow() * speed, configurable: true, writable: true });

type Starter = (run: (...given: unknown[]) => void, ms?: number, ...given: unknown[]) => unknown;

for (const name of ['setTimeout', 'setInterval'] as const) {
  const real = timers[name] as unknown as Starter;
  const fast: Starter = (run, ms = 0, ...given) => real(run, ms / speed, ...given);
  // `util.promisify` finds its own way under a symbol.
  const replaced = Object.defineProperties(fast, Object.getOwnPropertyDescriptors(real));
  Object.assign(timers, { [name]: replaced });
  Object.assign(globalThis, { [name]: replaced });
}

const realDelay = promises.setTimeout;
const realWait = promises.scheduler.wait.bind(promises.scheduler);
promises.setTimeout = ((ms = 0, ...given: []) => realDelay(ms / speed, ...given)) as typeof promises.setTimeout;
promises.scheduler.wait = (ms, ...given) => realWait(ms / speed, ...given);
syncBuiltinESMExports();
