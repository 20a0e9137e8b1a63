import { describe, expect, it } from 'vitest';
import { alertsWithDefaults } from '../src/alerts-config.ts';
import { checkSchema } from '../src/schema.ts';

const problemsOf = (alerts: unknown) => {
  const checked = checkSchema({ alerts });
  return 'issues' in checked ? checked.issues.map(({ keys, fix }) => [keys.join('.'), fix]) : [];
};

describe('the configuration of alerts', () => {
  it('takes rules that are changed, switched off and new', () => {
    const rules = {
      memory: { threshold: '1GB' },
      cpu: false,
      slow: { kind: 'request', figure: 'quantile', measure: 'first_token', threshold: '3s' },
    };
    const checked = checkSchema({ alerts: { rules, webhook: 'https://hooks.example.com/x', desktop: 'true' } });
    expect('config' in checked && checked.config.alerts).toEqual({
      rules,
      webhook: 'https://hooks.example.com/x',
      desktop: true,
    });
    expect(alertsWithDefaults(undefined)).toMatchObject({ enabled: true, desktop: false, rules: {} });
  });

  it('takes whether anomalies are told of, and which', () => {
    const read = (anomalies: unknown) => {
      const checked = checkSchema({ alerts: { anomalies } });
      return 'config' in checked ? checked.config.alerts?.anomalies : 'refused';
    };
    expect([true, 'true', 'warn', 'page', false, 'false', 'some'].map(read)).toEqual([
      'warn',
      'warn',
      'warn',
      'page',
      false,
      false,
      'refused',
    ]);
    expect(alertsWithDefaults(undefined).anomalies).toBe('warn');
  });

  it('refuses a rule of the name that anomalies are told under', () => {
    expect(problemsOf({ rules: { anomaly: { kind: 'request', figure: 'rate', threshold: 1 } } })).toEqual([
      ['alerts.rules.anomaly', expect.stringContaining('something else')],
    ]);
  });

  it('says what is wrong with a rule, and where', () => {
    expect(problemsOf({ rules: { memory: { treshold: '1GB' }, cpu: { threshold: 'much' } } })).toEqual([
      ['alerts.rules.memory.treshold', expect.stringContaining('threshold')],
      ['alerts.rules.cpu.threshold', expect.any(String)],
    ]);
    expect(problemsOf({ webhook: 'nowhere' })).toEqual([['alerts.webhook', expect.any(String)]]);
  });
});
