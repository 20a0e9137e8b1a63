import { describe, expect, it } from 'vitest';
import type { Outcome } from '../src/batch/outcome.ts';
import { createTally } from '../src/batch/tally.ts';

describe('the line of progress', () => {
  it('says how far, how fast, how much and how long, in 80 columns', () => {
    let at = 0;
    const tally = createTally(2_000_000, () => at);
    expect(tally.line()).toBe('0/2,000,000 rows · 0% · 0.0/s · 0 failed · $0 · ETA unknown');
    const outcome: Outcome = { answer: 'A', model: 'm', cache: 'miss', costUsd: 1 };
    tally.add(outcome, true);
    tally.add(outcome, false);
    tally.add({ error: { code: 'C', message: 'm' } }, false);
    at = 4_000;
    expect(tally.line()).toBe('3/2,000,000 rows · 0% · 0.5/s · 1 failed · $1.00 · ETA 46.3 days');
    expect(tally.figures()).toMatchObject({ answered: 2, failed: 1, left: 1_999_997, costUsd: 1, lostUsd: 0 });
    for (const usd of [0.1, 0.2]) tally.pay(usd);
    expect(tally.figures()).toMatchObject({ costUsd: 1.3, lostUsd: 0.3 });
  });
});
