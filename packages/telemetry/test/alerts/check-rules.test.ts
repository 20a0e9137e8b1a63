import { describe, expect, it } from 'vitest';
import { checkRules } from '../../src/alerts/check-rules.ts';
import { defaultRules } from '../../src/alerts/default-rules.ts';

const ruleOf = (given: object, name: string) => checkRules(given).rules.find((rule) => rule.name === name);
/** What is wrong, one line each. */
const wrong = (given: unknown): readonly string[] =>
  checkRules(given).problems.map(({ path, expected, fix }) => `${path.join('.')}: ${expected}. ${fix}`);

describe('the rules', () => {
  it('are the defaults where none are given; a budget waits for its threshold', () => {
    const { rules, problems } = checkRules();
    expect(problems).toEqual([]);
    expect(rules.map(({ name }) => name)).toEqual(Object.keys(defaultRules).filter((name) => name !== 'budget-burn'));
    expect(Object.fromEntries(rules.map(({ name, threshold, direction }) => [name, [direction, threshold]]))).toEqual({
      'task-start': ['above', 100_000],
      'command-start': ['above', 100_000],
      'cache-hit-rate': ['below', 0.9],
      memory: ['above', 500 * 2 ** 20],
      'database-query': ['above', 40_000],
      cpu: ['above', 500],
      'error-rate': ['above', 0.05],
      'provider-down': ['above', 0.999],
    });
    expect(ruleOf({ 'budget-burn': { threshold: 2.5 } }, 'budget-burn')).toMatchObject({ threshold: 2_500_000 });
  });

  it('take values as people write them, in the unit of the figure', () => {
    expect(ruleOf({ memory: { threshold: '2GB' } }, 'memory')?.threshold).toBe(2 ** 31);
    expect(ruleOf({ memory: { threshold: 1000 } }, 'memory')?.threshold).toBe(1000);
    expect(ruleOf({ cpu: { threshold: '80%' } }, 'cpu')?.threshold).toBe(800);
    expect(ruleOf({ cpu: { threshold: 0.8 } }, 'cpu')?.threshold).toBe(800);
    expect(ruleOf({ 'task-start': { threshold: 250 } }, 'task-start')?.threshold).toBe(250_000);
    expect(ruleOf({ 'task-start': { threshold: '2s', windowMs: '90s' } }, 'task-start')).toMatchObject({
      threshold: 2_000_000,
      windowMs: 90_000,
    });
  });

  it('keep the distance of their recovery when only the threshold is changed', () => {
    expect(ruleOf({ memory: { threshold: '1000MB' } }, 'memory')?.recoverAt).toBe(900 * 2 ** 20);
    expect(ruleOf({ 'cache-hit-rate': { threshold: '50%' } }, 'cache-hit-rate')?.recoverAt).toBeCloseTo(0.511, 3);
    expect(ruleOf({ 'cache-hit-rate': { threshold: '99%' } }, 'cache-hit-rate')?.recoverAt).toBeCloseTo(0.995);
    expect(ruleOf({ memory: { threshold: '1000MB', recoverAt: '100MB' } }, 'memory')?.recoverAt).toBe(100 * 2 ** 20);
  });

  it('can be switched off, in each of the ways people write it', () => {
    for (const off of [false, 'false', { enabled: false }, { enabled: 'false' }])
      expect(ruleOf({ memory: off }, 'memory')).toBeUndefined();
    expect(ruleOf({ memory: true }, 'memory')).toBeDefined();
    expect(ruleOf({ memory: null }, 'memory')).toBeDefined();
  });

  it('can be of one’s own', () => {
    const slow = {
      kind: 'request',
      figure: 'quantile',
      quantile: '0.99',
      measure: 'first_token',
      where: { model: ['a', 'b'], outcome: 'complete' },
      by: 'provider',
      threshold: '2s',
      severity: 'page',
    };
    expect(ruleOf({ 'slow-answers': slow }, 'slow-answers')).toMatchObject({
      title: 'slow-answers',
      quantile: 0.99,
      threshold: 2_000_000,
      recoverAt: 1_800_000,
      windowMs: 300_000,
      direction: 'above',
      by: 'provider',
      severity: 'page',
    });
  });
});

describe('what is wrong with rules is named, with what to write', () => {
  it.each([
    [
      { memmory: { threshold: '1GB' } },
      'memmory: a rule. Did you mean "memory"? A rule of your own needs "kind", "figure" and "threshold".',
    ],
    [{ memory: { treshold: '1GB' } }, 'memory.treshold: known key. Did you mean "threshold"?'],
    [
      { memory: { threshold: 'much' } },
      'memory.threshold: a size. Write bytes, or a number with a unit such as "500MB" or "2GB".',
    ],
    [
      { memory: { windowMs: 'long' } },
      'memory.windowMs: a duration from 100 ms to a day. Write milliseconds, or a number with a unit such as "250ms", "90s" or "15m".',
    ],
    [{ memory: { measure: 'memori' } }, 'memory.measure: a figure of "sample" that has a mean. Did you mean "memory"?'],
    [
      { memory: { measure: 'toString' } },
      'memory.measure: a figure of "sample" that has a mean. There are "cpu", "memory", "heap", "loop_delay", "loop_busy".',
    ],
    [{ memory: { kind: 'requests' } }, 'memory.kind: a kind of events. Did you mean "request"?'],
    [
      { memory: { figure: 'median' } },
      'memory.figure: one of "rate", "ratio", "quantile", "highest", "mean", "sum". Did you mean "mean"?',
    ],
    [
      { memory: { recoverAt: '600MB' } },
      'memory.recoverAt: a value not above the threshold. It is well again on the other side of it.',
    ],
    [
      { memory: { leastEvents: 1.5 } },
      'memory.leastEvents: a whole number from 0 to 1000000000. Write 10, for example.',
    ],
    [{ memory: { by: 'host' } }, 'memory.by: one of "command". There are "command".'],
    [{ memory: 'off' }, 'memory: a rule. Write its settings, or false to switch it off.'],
    [
      { 'Slow Answers': {} },
      'Slow Answers: a name. Names of rules are lower case with dashes, such as "slow-answers".',
    ],
    [
      { 'cache-hit-rate': { where: { cach: 'a' } } },
      'cache-hit-rate.where.cach: a dimension of "lookup". Did you mean "cache"?',
    ],
    [
      { 'cache-hit-rate': { part: {} } },
      'cache-hit-rate.part: the events whose share it is. Write names of "cache", "outcome", "tier".',
    ],
    [
      { 'cache-hit-rate': { threshold: 90 } },
      'cache-hit-rate.threshold: a share. A ratio is at most 1: write 0.9, or "90%".',
    ],
    [
      { 'database-query': { figure: 'quantile' } },
      'database-query.measure: a figure of "query" that has a quantile. There is none.',
    ],
    [[], ': rules by their names. Write { "memory": { "threshold": "800MB" } }, for example.'],
  ])('%j', (given, line) => {
    expect(wrong(given)).toEqual([line]);
  });

  it('leaves the others as they are', () => {
    const { rules } = checkRules({ memory: { threshold: 'much' }, cpu: { threshold: '70%' } });
    expect(rules.map(({ name }) => name)).not.toContain('memory');
    expect(rules.find(({ name }) => name === 'cpu')?.threshold).toBe(700);
  });
});
