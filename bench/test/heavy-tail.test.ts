import { describe, expect, it } from 'vitest';
import { quantile } from '../harness/statistics.ts';
import { heavyTailMs, usualHeavyTail } from '../peers/heavy-tail.ts';

const delays = Array.from({ length: 20_000 }, (_, index) => heavyTailMs(`/first ${index}`));

describe('the heavy tail', () => {
  it('gives each call one delay', () => {
    expect(heavyTailMs('/first 7')).toBe(delays[7]);
    expect(heavyTailMs('/second 7')).not.toBe(delays[7]);
  });

  it('has the median, the share of slow calls and their delay that it says', () => {
    const { medianMs, slowShare, slowTimes } = usualHeavyTail;
    expect(quantile(delays, 0.5) / medianMs).toBeCloseTo(1, 1);
    const slow = delays.filter((delay) => delay > (medianMs * slowTimes) / 3);
    expect(slow.length / delays.length).toBeCloseTo(slowShare, 2);
    expect(quantile(slow, 0.5) / (medianMs * slowTimes)).toBeCloseTo(1, 1);
  });

  it('makes a call slow at one target whether or not it is at the other', () => {
    const bothSlow = delays.filter((delay, index) => delay > 200 && heavyTailMs(`/second ${index}`) > 200);
    // Three in a hundred of three in a hundred.
    expect(bothSlow.length / delays.length).toBeLessThan(0.003);
  });
});
