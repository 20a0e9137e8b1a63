import { it } from 'vitest';
import { faultsOfReference, live, rehearse } from './support/life.ts';

it('x', async () => {
  const t = performance.now();
  let bad = 0, lives = 0; const states: any = {}; const kinds: any = {};
  const [from, to, per] = (process.env.TRY ?? '1-40-25').split('-').map(Number) as [number, number, number];
  for (let seed = from; seed <= to; seed++) {
    const ref = await rehearse(seed);
    const f = faultsOfReference(ref);
    if (f.length) { bad++; console.log('REF', seed, f.slice(0, 3).join('\n')); continue; }
    for (let n = 0; n < per; n++) {
      const point = 1 + Math.floor((n + 0.5) * (ref.points + 3) / per);
      const { faults, state } = await live(ref, { seed, point });
      lives++;
      states[state] = (states[state] ?? 0) + 1;
      if (faults.length) { bad++; const k = faults[0]!.replace(/[0-9a-f]{8}-[0-9a-f-]+/g, 'RUN').replace(/s\d+[^ ]*/g, 'S').slice(0, 120); kinds[k] = (kinds[k] ?? 0) + 1; if (kinds[k] < 3) console.log('FAULT', seed, point, 'of', ref.points, ref.scenario.recovery, state, faults.slice(0, 3).join('\n').slice(0, 1200)); }
    }
  }
  console.log(kinds);
  console.log({ lives, states, bad, ms: performance.now() - t });
}, 600000);
