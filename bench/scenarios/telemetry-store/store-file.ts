import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createCollector } from '@hotpath/telemetry';
import { openEventStore } from '@hotpath/telemetry/event-store';
// @boundaries-ignore the traffic is that which analytics is tested by
import { recordTraffic } from '../../../packages/telemetry/test/support/traffic.ts';

const folder = fileURLToPath(new URL('../../.cache/telemetry', import.meta.url));

/** All of it is before this: a full hour. */
export const untilMs = 497_000 * 3_600_000;
export const days = 7;

/** A store with so many requests within a week, and the calls made for them; made once, which takes half a minute for a million. */
export const storeOf = async (requests: number): Promise<string> => {
  const path = `${folder}/events-${requests}.sqlite`;
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const draft = `${path}.draft`;
  for (const end of ['', '-wal', '-shm']) rmSync(draft + end, { force: true });
  const store = openEventStore({ path: draft });
  const collector = createCollector({ exporters: [store], flushMs: 'never', flushEvents: 10_000 });
  await recordTraffic(collector, { requests, fromMs: untilMs - days * 86_400_000, days });
  await collector.close();
  renameSync(draft, path);
  return path;
};
