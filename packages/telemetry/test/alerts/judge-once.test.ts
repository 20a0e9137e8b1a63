import { describe, expect, it } from 'vitest';
import { type JudgeOnceOptions, judgeOnce } from '../../src/alerts/judge-once.ts';
import { createCollector } from '../../src/collector/collector.ts';
import type { EventKind } from '../../src/kind.ts';
import { alertKind } from '../../src/kinds/alert.ts';
import { stepKind } from '../../src/kinds/batch.ts';
import { commandKind, sampleKind } from '../../src/kinds/process.ts';
import { requestKind } from '../../src/kinds/request.ts';

const startMs = Date.UTC(2027, 0, 4);

const command = (options: Partial<JudgeOnceOptions> = {}) => {
  const collector = createCollector();
  const push = (kind: EventKind, names: Record<string, string>, figures: Record<string, number>, times = 1): void => {
    const recorder = collector.recorder(kind);
    for (let time = 0; time < times; time += 1) {
      kind.dimensionNames.forEach((name, place) => {
        recorder.names[place] = names[name] ?? '';
      });
      for (const [name, value] of Object.entries(figures)) recorder.values[kind.measureAt[name] as number] = value;
      recorder.push(startMs);
    }
  };
  const judge = () => judgeOnce({ collector, startMs, nowMs: startMs + 4_000, isKnown: () => false, ...options });
  const recorded = () => collector.recorded().find(({ kind }) => kind === alertKind)?.series.length ?? 0;
  return { push, judge, recorded };
};

describe('a command that ends', () => {
  it('is judged by all of it, whatever the time that a rule waits for', () => {
    const { push, judge, recorded } = command();
    push(stepKind, { outcome: 'succeeded' }, { duration: 1000, start_delay: 240_000 }, 12);
    push(requestKind, { outcome: 'failed' }, {}, 15);
    push(requestKind, { outcome: 'complete' }, {}, 15);
    const events = judge();
    expect(events).toMatchObject([
      { rule: 'task-start', severity: 'warn', from: 'ok', to: 'firing', lastedMs: 4_000 },
      { rule: 'error-rate', severity: 'page', value: 0.5 },
    ]);
    expect(events[1]?.message).toBe('Requests that failed: 50% in this command, above 5%');
    expect(recorded()).toBe(2);
  });

  it('is told nothing where all is well, or too little happened', () => {
    const { push, judge, recorded } = command();
    push(commandKind, { command: 'ask' }, { start: 60_000, duration: 900_000 });
    push(requestKind, { outcome: 'failed' }, {}, 3);
    expect(judge()).toEqual([]);
    expect(recorded()).toBe(0);
  });

  it('heeds rules that are changed and switched off', () => {
    const rules = { 'error-rate': false, 'command-start': { threshold: '50ms' }, 'budget-burn': { threshold: 1 } };
    const { push, judge } = command({ rules });
    push(commandKind, { command: 'ask' }, { start: 60_000, duration: 900_000 });
    push(requestKind, { outcome: 'failed' }, { cost: 2e6 }, 30);
    expect(judge().map(({ rule }) => rule)).toEqual(['command-start', 'budget-burn']);
  });

  it('counts one sample where it has no more', () => {
    const { push, judge } = command();
    push(sampleKind, {}, { memory: 700 * 2 ** 20 });
    expect(judge()).toMatchObject([{ rule: 'memory', message: 'Memory: 700 MB in this command, above 500 MB' }]);
  });

  it('neither records nor tells what is known', () => {
    const { push, judge, recorded } = command({ isKnown: (rule) => rule === 'memory' });
    push(sampleKind, {}, { memory: 700 * 2 ** 20 });
    expect(judge()).toEqual([]);
    expect(recorded()).toBe(0);
  });

  it('never finds that there is too little of something', () => {
    const rules = {
      silence: { kind: 'request', figure: 'rate', direction: 'below', threshold: 100, leastEvents: 0 },
    } as const;
    const { push, judge } = command({ rules });
    push(requestKind, { outcome: 'complete' }, {});
    expect(judge()).toEqual([]);
  });
});
