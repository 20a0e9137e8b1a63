// Lets an alert of this process fire, ends what it fires for, and tells how its states changed.
import { setImmediate as turn } from 'node:timers/promises';
import { createAlerts } from '../../../src/alerts/alerts.ts';
import { cpuProfiles } from '../../../src/alerts/evidence.ts';
import { createCollector } from '../../../src/collector/collector.ts';
import { processSource } from '../../../src/sources/process.ts';

const [what = '', folder = ''] = process.argv.slice(2);
const quick = { windowMs: 1_000, holdMs: 200, recoverMs: 200 };
// On a machine where others are at work, half a core may be more than there is.
const rules = { memory: quick, cpu: { ...quick, threshold: '20%', recoverAt: '15%' } };

const collector = createCollector();
processSource({ command: 'test', everyMs: 50 }).start(collector);
const evidence = cpuProfiles({ folder, profileMs: 300 });
const alerts = createAlerts({ collector, rules, everyMs: 50, evidence });

const states = () =>
  alerts
    .list()
    .history.filter(({ rule }) => rule === what)
    .map(({ to, message }) => ({ to, message }))
    .reverse();
/** What was pending for a moment was well before, too. */
const isAt = (state: string): boolean => states().at(-1)?.to === state;

/** Keeps the process busy or idle until the alert is in a state. */
const until = async (state: string, busyMs: number): Promise<void> => {
  while (!isAt(state)) {
    const endMs = performance.now() + busyMs;
    while (performance.now() < endMs) Math.sqrt(endMs);
    if (busyMs > 0) await turn();
    else await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

const startMs = performance.now();
while (performance.now() - startMs < 500) await new Promise((resolve) => setTimeout(resolve, 50));
const before = states();
if (what === 'cpu') {
  await until('firing', 20);
  await until('ok', 0);
} else {
  // Written to, so that it is resident.
  let held: Buffer[] = Array.from({ length: 6 }, (_, index) => Buffer.alloc(100 * 2 ** 20, index + 1));
  await until('firing', 0);
  held = held.slice(0, 0);
  globalThis.gc?.();
  await until('ok', 0);
}
await alerts.close();
console.log(JSON.stringify({ before, states: states() }));
process.exit(0);
