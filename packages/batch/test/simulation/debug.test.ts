import { it } from 'vitest';
import { live, rehearse } from './support/life.ts';
it('d', async () => {
  const [seed, point] = process.env.TRY!.split('-').map(Number) as [number, number];
  const ref = await rehearse(seed);
  (globalThis as any).DEBUG = true;
  const r = await live(ref, { seed, point });
  console.log(r.state, r.faults.join('\n'));
});
