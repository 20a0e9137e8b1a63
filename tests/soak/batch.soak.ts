import { it } from 'vitest';
// @boundaries-ignore the same is done in small by the tests of the command line
import { expectPaidOnce } from '../../apps/cli/test/batch-killing.ts';
import { seeded } from '../e2e/faults/support/storm.ts';

const seed = Number(process.env.SOAK_SEED ?? Date.now() % 2 ** 31);

it('a batch of 1,000 rows that is killed 20 times answers every row once and pays for it once', async () => {
  console.log(`SOAK_SEED=${seed}`);
  await expectPaidOnce({ rows: 1_000, kills: 20, random: seeded(seed) });
}, 900_000);
