import { describe, expect, it } from 'vitest';
import { eventFile, type MadeRequest, recordRequests } from './analytics-machine.ts';
import { freshMachine, type Machine } from './built.ts';

const hourMs = 3_600_000;

/** A machine that was asked 40 times in each hour of so many days; in the last one, answers took so many times as long. */
const machineOf = async (days: number, slower: number): Promise<Machine> => {
  const machine = freshMachine();
  const endMs = Math.floor(Date.now() / hourMs) * hourMs;
  const requests: MadeRequest[] = [];
  for (let back = days * 24; back > 0; back -= 1)
    for (let event = 0; event < 40; event += 1)
      requests.push({
        atMs: endMs - back * hourMs + event * 60_000,
        figures: { duration: (1e6 + event * 1000) * (back === 1 ? slower : 1), cost: 3000 },
      });
  await recordRequests(eventFile(machine), requests);
  return machine;
};

describe('hotpath analytics anomalies', () => {
  it('shows the hour that was unlike others, with what is usual, and the summary says that there is one', async () => {
    const machine = await machineOf(10, 5);
    const { code, stdout, stderr } = await machine.run(['analytics', 'anomalies']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/Latency, 95th percentile +[▁-█·]+█ +1\n/);
    expect(stdout).toMatch(/Cost +[▁-█·]+ +none\n/);
    expect(stdout).toMatch(/:00:00Z +page +Latency, 95th percentile +5\.\d s +1\.0 s +5 x +\d+\.\d +1\n/);
    const summary = await machine.run(['analytics', 'summary']);
    expect(summary.stdout).toMatch(
      /1 hour was unlike hours like it, some by far \(latency\): "hotpath analytics anomalies"/,
    );
    const filtered = await machine.run(['analytics', 'summary', '--model', 'gpt-5-mini']);
    expect(filtered.stdout).not.toContain('unlike');
  });

  it('tells the same as JSON, of the time asked for', async () => {
    const machine = await machineOf(10, 5);
    const { code, stdout } = await machine.run(['analytics', 'anomalies', '--days', '1', '--json']);
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ version: 1, toMs: Math.floor(Date.now() / hourMs) * hourMs });
    expect(report.toMs - report.fromMs).toBe(24 * hourMs);
    const [latency] = report.figures;
    expect(latency).toMatchObject({ figure: 'latency', unit: 'microseconds', anomalies: [{ severity: 'page' }] });
    expect(latency.hourly).toHaveLength(24);
  });

  it('says where all is as usual, where there is too little history, and where there is nothing', async () => {
    const usual = await (await machineOf(10, 1)).run(['analytics', 'anomalies']);
    expect(usual.stdout).toContain('All hours were as hours like them.');
    const young = await (await machineOf(2, 5)).run(['analytics', 'anomalies']);
    expect([young.code, young.stdout]).toEqual([0, '']);
    expect(young.stderr).toMatch(/takes 7 days .* there are 1/);
    const none = await freshMachine().run(['analytics', 'anomalies']);
    expect([none.code, none.stdout]).toEqual([0, '']);
    expect(none.stderr).toMatch(/Nothing is recorded yet/);
  });
});
