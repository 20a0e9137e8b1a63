import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cpuProfiles } from '../../src/alerts/evidence.ts';
import { queryKind } from '../../src/kinds/cache.ts';
import { fakeClock, only, watching } from './support.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hotpath-evidence-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const burnForEvidence = (ms: number): void => {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs) Math.sqrt(endMs);
};

describe('the evidence of an alert', () => {
  it('is a CPU profile of what the process did then, for this user alone', async () => {
    const folder = join(home, 'deep', 'profiles');
    const evidence = cpuProfiles({ folder, profileMs: 300 });
    const file = evidence.take('cpu') as string;
    const burning = setInterval(() => burnForEvidence(20), 25);
    await expect.poll(() => readdirSync(folder), { timeout: 4_000 }).toHaveLength(1);
    clearInterval(burning);
    await evidence.close();
    const { nodes } = JSON.parse(readFileSync(file, 'utf8')) as {
      nodes: { callFrame: { functionName: string }; hitCount: number }[];
    };
    const found = nodes.filter(({ callFrame }) => callFrame.functionName === 'burnForEvidence');
    expect(found.reduce((sum, { hitCount }) => sum + hitCount, 0)).toBeGreaterThan(0);
    if (process.platform === 'win32') return;
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('is not taken again too soon, nor while another is, and only so many are kept', async () => {
    const clock = fakeClock();
    const options = { folder: home, profileMs: 5_000, everyMs: 60_000, mostFiles: 2, clock };
    const evidence = cpuProfiles(options);
    const taken: (string | undefined)[] = [];
    writeFileSync(join(home, 'alert-of-mine.txt'), '');
    for (let time = 0; time < 3; time += 1) {
      taken.push(evidence.take('cpu'));
      expect(evidence.take('cpu')).toBeUndefined();
      await expect.poll(() => clock.waiting).toBe(1);
      clock.pass(5_000);
      expect(evidence.take('cpu')).toBeUndefined();
      const file = taken.at(-1) as string;
      await expect.poll(() => readdirSync(home).map((name) => join(home, name))).toContain(file);
      clock.pass(54_999);
      expect(evidence.take('cpu')).toBeUndefined();
      clock.pass(1);
    }
    await evidence.close();
    expect(readdirSync(home).map((name) => join(home, name))).toEqual([
      ...taken.slice(1),
      join(home, 'alert-of-mine.txt'),
    ] as string[]);
    expect(evidence.take('cpu')).toBeUndefined();
  });

  it('is kept as far as it has come when the process ends', async () => {
    const clock = fakeClock();
    const evidence = cpuProfiles({ folder: home, clock });
    const file = evidence.take('cpu') as string;
    await expect.poll(() => clock.waiting).toBe(1);
    await evidence.close();
    expect(clock.waiting).toBe(0);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toHaveProperty('nodes');
  });

  it('fails nobody where it cannot be kept', () => {
    const faults: unknown[] = [];
    const listener = (fault: unknown) => void faults.push(fault);
    subscribe('hotpath:telemetry:fault', listener);
    writeFileSync(join(home, 'file'), '');
    expect(cpuProfiles({ folder: join(home, 'file') }).take('cpu')).toBeUndefined();
    unsubscribe('hotpath:telemetry:fault', listener);
    expect(faults).toMatchObject([{ where: 'alert evidence' }]);
  });

  it('is taken once when an alert fires that has to do with time, and named by it', () => {
    const asked: string[] = [];
    const evidence = {
      take: (rule: string) => `/profiles/${asked.push(rule)}`,
      close: async () => {},
    };
    const watch = watching(only({ 'database-query': { windowMs: 1000, cooldownMs: 0 } }), { evidence });
    const queries = (ms: number, seconds: number): void => {
      for (let second = 0; second < seconds; second += 1) {
        watch.push(queryKind, { database: 'cache', operation: 'read' }, { slowest: ms * 1000 });
        watch.clock.pass(1000);
      }
    };
    queries(100, 10);
    queries(1, 5);
    queries(100, 5);
    expect(watch.states('database-query')).toEqual(['firing', 'recovering', 'firing']);
    expect(asked).toEqual(['database-query']);
    expect(watch.alerts.list().alerts[0]?.evidence).toBe('/profiles/1');
    expect(watch.alerts.list().history[0]?.evidence).toBe('/profiles/1');
  });
});
