import { expect, it } from 'vitest';
import { alertFaults } from '../src/telemetry/alert-faults.ts';
import { alertLog } from '../src/telemetry/alert-log.ts';

it('an alert in the log has its figures with their unit, and says where the profile is that is taken of it', async () => {
  const lines: unknown[][] = [];
  const sink = alertLog({ write: (...line) => void lines.push(line) });
  const event = {
    rule: 'cpu',
    subject: '',
    severity: 'warn',
    from: 'pending',
    to: 'firing',
    atMs: 1,
    lastedMs: 1,
    value: 700,
    threshold: 500,
    unit: 'per-mille',
    valueText: '70%',
    thresholdText: '50%',
    message: 'CPU: 70%, above 50%',
    isTold: true,
    evidence: '/profiles/1.cpuprofile',
  } as const;
  await sink.tell(event, new AbortController().signal);
  const figures = { value: 700, threshold: 500, unit: 'per-mille', valueText: '70%', thresholdText: '50%' };
  expect(lines).toMatchObject([['warn', 'alert', { rule: 'cpu', ...figures, evidence: '/profiles/1.cpuprofile' }]]);
});

it('a webhook that reaches nobody stands in the log of whoever reads warnings alone', () => {
  const lines: unknown[][] = [];
  const { onSilent, onHeard } = alertFaults({ write: (...line) => void lines.push(line) });
  onSilent('webhook', Object.assign(new Error('See that it is there.'), { code: 'TELEMETRY_WEBHOOK_FAILED' }));
  onHeard('webhook');
  expect(lines).toEqual([
    [
      'warn',
      'alerts are not told',
      { sink: 'webhook', code: 'TELEMETRY_WEBHOOK_FAILED', reason: 'See that it is there.' },
    ],
    ['warn', 'alerts are told again', { sink: 'webhook' }],
  ]);
});
