import { describe, expect, it } from 'vitest';
import { idealsOf, outcomeOf } from '../scenarios/gateway-prompt-cache/outcome.ts';
import { trafficOf } from '../scenarios/gateway-prompt-cache/traffic.ts';

const answer = (fresh: number, read: number, written: number, long = 0): string =>
  JSON.stringify({
    usage: {
      input_tokens: fresh,
      cache_read_input_tokens: read,
      cache_creation_input_tokens: written,
      cache_creation: { ephemeral_5m_input_tokens: written - long, ephemeral_1h_input_tokens: long },
    },
  });

it('what a gateway paid is added up from what its answers report', () => {
  const { plain, paid, highestLoss } = outcomeOf([
    answer(100, 0, 1_000),
    answer(0, 0, 2_000, 500),
    answer(50, 3_000, 0),
  ]);
  expect(plain).toBe(6_150);
  expect(paid).toBeCloseTo(100 + 1_250 + 1_500 * 1.25 + 500 * 2 + 50 + 300, 6);
  expect(highestLoss).toBeCloseTo(250 + 375 + 500, 6);
});

describe('the made-up traffic', () => {
  const [made] = trafficOf(undefined, 60_000);
  const { requests } = made ?? { requests: [] };

  it('stands alone where no trace is named', () => {
    expect(trafficOf(undefined, 10_000).map(({ name }) => name)).toEqual(['made up']);
  });

  it('is judged by yardsticks in their order', () => {
    const plain = requests.reduce((sum, { body }) => sum + body().length / 3.6, 0);
    const { bound, oracle, rule } = idealsOf(requests);
    expect(bound).toBeLessThan(plain * 0.98);
    expect(oracle).toBeGreaterThan(bound - 1);
    expect(rule).toBeGreaterThan(bound);
  });
});
