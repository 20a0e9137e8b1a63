import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCollector, requestKind } from '@hotpath/telemetry';
import { expect, it } from 'vitest';
import { alertsWithDefaults } from '../src/alerts-config.ts';
import { judgeCommand } from '../src/judge-command.ts';

const path = join(tmpdir(), 'no-such-folder', 'events.sqlite');
const startMs = Date.UTC(2027, 0, 4);

/** The rules that people are told of where so many of some requests fail. */
const toldOf = async (failed: number, requests: number): Promise<readonly string[]> => {
  const collector = createCollector();
  const { names, push } = collector.recorder(requestKind);
  for (let count = 0; count < requests; count += 1) {
    names.fill('');
    names[requestKind.dimensionAt.outcome] = count < failed ? 'failed' : 'complete';
    push(startMs);
  }
  const times = { startMs, nowMs: startMs + 900 };
  const told = await judgeCommand({ config: alertsWithDefaults(undefined), collector, path, ...times });
  return told.map(({ rule }) => rule);
};

it.each([
  [1, 20, []],
  [2, 20, ['error-rate']],
  [3, 30, ['error-rate']],
  [2, 19, []],
])(
  'a short command in which %i of %i requests fail is judged by the default rules',
  async (failed, requests, rules) => {
    expect((await toldOf(failed, requests)).filter((rule) => rule !== 'memory')).toEqual(rules);
  },
);
