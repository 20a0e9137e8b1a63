import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHotpath } from '@hotpath/runtime';
import { createCollector } from '@hotpath/runtime/metrics';
import { afterAll, expect, it } from 'vitest';
// @boundaries-ignore as the reference of events lists them
import { eventKinds } from '../../../../packages/telemetry/src/kinds.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';

const home = await mkdtemp(join(tmpdir(), 'hotpath-metrics-'));
afterAll(() => rm(home, { recursive: true }));

/** The names of a gateway's own metrics, after one of everything that is recorded. */
const namesTold = async (): Promise<readonly string[]> => {
  const hotpath = await createHotpath(
    { providers: { sim: { type: 'sim' } }, detect: { environment: false, ollama: false } },
    { environment: { HOTPATH_HOME: home } },
  );
  const collector = createCollector();
  const metrics = createMetrics({ hotpath, collector });
  try {
    await hotpath.router.query({ model: 'sim/sim-1', prompt: 'What is there to count?' });
    for (const kind of eventKinds) {
      const recorder = collector.recorder(kind);
      recorder.names.fill('x');
      recorder.values.fill(1);
      recorder.push(1);
    }
    const text = String(await metrics.render('text'));
    return [...text.matchAll(/^# TYPE (hotpath_\w+) /gm)].map(([, name = '']) => name);
  } finally {
    metrics.close();
    await hotpath.close();
  }
};

it('the guide names every metric of a gateway', async () => {
  const guide = readFileSync(new URL('../../../../docs/guide/gateway.md', import.meta.url), 'utf8');
  const told = await namesTold();
  expect(told).toEqual(
    expect.arrayContaining([
      'hotpath_requests_total',
      'hotpath_query_events_total',
      'hotpath_alert_events_total',
      'hotpath_cache_hits_total',
    ]),
  );
  expect(told.filter((name) => !guide.includes(`\`${name}\``))).toEqual([]);
});
