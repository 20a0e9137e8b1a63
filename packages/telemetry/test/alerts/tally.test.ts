import { describe, expect, it } from 'vitest';
import { rulesOf } from '../../src/alerts/check-rules.ts';
import type { AlertRule } from '../../src/alerts/rule.ts';
import type { RuleSettings } from '../../src/alerts/settings.ts';
import { createTallies } from '../../src/alerts/tally.ts';
import { createCollector, type Recorded } from '../../src/collector/collector.ts';
import { requestKind } from '../../src/kinds/request.ts';
import { only } from './support.ts';

const ruleOf = (settings: RuleSettings): AlertRule =>
  rulesOf(
    only({ slow: { kind: 'request', measure: 'duration', figure: 'quantile', threshold: '1s', ...settings } }),
  )[0] as AlertRule;

/** Requests by so many models of so many providers, one each time. */
const traffic = (providers: number, models: number) => {
  const collector = createCollector();
  const { names, values, push } = collector.recorder(requestKind);
  return {
    recorded: (): Recorded => collector.recorded()[0] as Recorded,
    pass(): void {
      for (let provider = 0; provider < providers; provider += 1)
        for (let model = 0; model < models; model += 1) {
          names.fill('');
          names[requestKind.dimensionAt.provider] = `p${provider}`;
          names[requestKind.dimensionAt.model] = `m${model}`;
          values[requestKind.measureAt.duration] = 1000 * (model + 1);
          push(0);
        }
    },
  };
};

describe('tallies of many series', () => {
  it('are made in parts, and told when they are whole', () => {
    const { recorded, pass } = traffic(1, 250);
    pass();
    const tallies = createTallies(ruleOf({}));
    const counts = [1, 2, 3].map(() => tallies(recorded(), 100).get('')?.count);
    expect(counts).toEqual([0, 0, 250]);
    const { count, histogram } = tallies(recorded(), 100).get('') ?? {};
    expect(histogram?.count).toBe(count);
    expect(histogram?.quantile(1)).toBeGreaterThan(245_000);
  });

  it('have the same events in all of their figures, whatever comes meanwhile', () => {
    const { recorded, pass } = traffic(1, 250);
    pass();
    const tallies = createTallies(ruleOf({}));
    for (let time = 0; time < 20; time += 1) {
      const { count, histogram } = tallies(recorded(), 100).get('') ?? {};
      expect(histogram?.count ?? 0).toBe(count);
      pass();
    }
  });

  it('reach every subject in its turn while all of them change', () => {
    const { recorded, pass } = traffic(10, 60);
    const tallies = createTallies(ruleOf({ by: 'provider' }));
    for (let time = 0; time < 8; time += 1) {
      pass();
      tallies(recorded(), 100);
    }
    const counts = [...tallies(recorded(), 100).values()].map(({ count }) => count);
    expect(counts).toHaveLength(10);
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });

  it('are whole at once where nothing is said, and where nothing has a spread', () => {
    const { recorded, pass } = traffic(1, 250);
    pass();
    expect(createTallies(ruleOf({}))(recorded()).get('')?.count).toBe(250);
    const rate = ruleOf({ figure: 'rate', measure: 'cost', threshold: 1 });
    expect(createTallies(rate)(recorded(), 100).get('')?.count).toBe(250);
  });
});
