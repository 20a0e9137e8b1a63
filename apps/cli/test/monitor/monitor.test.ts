import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventFile, recordRequests } from '../analytics-machine.ts';
import { freshMachine, heard, type Machine, outcomeOf } from '../built.ts';
import { type MetricsServer, startMetricsServer } from './metrics-server.ts';

let machine: Machine;
let gateway: MetricsServer;

beforeEach(async () => {
  machine = freshMachine();
  gateway = await startMetricsServer();
});

afterEach(() => gateway.stop());

/** Another gateway may run at the usual port of the machine that tests run on. */
const nobodyThere = { HOTPATH_URL: 'http://127.0.0.1:1' };

describe('hotpath monitor without a terminal', () => {
  it('says what to use instead of the live view', async () => {
    const { code, stdout, stderr } = await machine.run(['monitor', '--server', gateway.url]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/needs a terminal.*--once.*--json/);
    expect(gateway.asked()).toBe(0);
  });

  it('prints one frame of text', async () => {
    const args = ['monitor', '--server', `${gateway.url}/v1/`, '--once', '--interval', '200ms'];
    const { code, stdout, stderr } = await machine.run(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`hotpath monitor  ${gateway.url}  ● live`);
    expect(stdout).toMatch(/gpt-4\.1-mini +\d\S*\/s/);
    expect(stdout).not.toContain('\u001b');
    expect(stdout).not.toContain('quit');
    expect(gateway.asked()).toBe(2);
  });

  it('prints a sample an interval, until it is interrupted', async () => {
    const child = machine.start(['monitor', '--json', '--interval', '200ms'], {
      environment: { HOTPATH_URL: gateway.url },
    });
    const outcome = outcomeOf(child);
    await heard(child.stdout, /(.*\n){3}/);
    child.kill('SIGINT');
    const { code, stdout, stderr } = await outcome;
    expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
    const [first, second] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toMatchObject({ source: 'gateway', isConnected: true, problem: null, requests: { perSecond: null } });
    expect(first.targets.map(({ model }: { model: string }) => model)).toContain('qwen3:8b');
    expect(second.requests.total).toBeGreaterThan(first.requests.total);
    expect(second.requests.perSecond).toBeGreaterThan(0);
    expect(second.durationMs.p99).toBeGreaterThanOrEqual(second.durationMs.p50);
  });

  it('prints a single sample with rates', async () => {
    const args = ['monitor', '--json', '--once', '--interval', '200ms', '--server', gateway.url];
    const { code, stdout } = await machine.run(args);
    expect(code).toBe(0);
    expect(stdout.split('\n')).toHaveLength(2);
    expect(JSON.parse(stdout).requests.perSecond).toBeGreaterThan(0);
  });

  it('goes on while the gateway is gone', async () => {
    const child = machine.start(['monitor', '--json', '--interval', '200ms', '--server', gateway.url]);
    const outcome = outcomeOf(child);
    await heard(child.stdout, /\n/);
    await gateway.stop();
    await heard(child.stdout, /"isConnected":false/);
    await gateway.start();
    await heard(child.stdout, /"isConnected":true/);
    child.kill('SIGTERM');
    const { code, stdout } = await outcome;
    expect(code).toBe(143);
    const samples = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const gone = samples.find(({ isConnected }) => !isConnected);
    expect(gone.problem).toMatch(/does not answer/);
    expect(gone.requests).toMatchObject({ inFlight: null, perSecond: null });
    expect(gone.requests.total).toBeGreaterThan(0);
  });

  it('sends the key along, and shows it nowhere', async () => {
    const key = 'sk-very-secret';
    const args = ['monitor', '--json', '--once', '--interval', '200ms', '--server', gateway.url];
    const given = await machine.run([...args, '--key', key]);
    expect(gateway.headers().authorization).toBe(`Bearer ${key}`);
    const kept = await machine.run(args, { environment: { HOTPATH_MONITOR_KEY: `${key}-2` } });
    expect(gateway.headers().authorization).toBe(`Bearer ${key}-2`);
    for (const { stdout, stderr } of [given, kept]) expect(stdout + stderr).not.toContain(key);
    await machine.run(args);
    expect(gateway.headers().authorization).toBeUndefined();
  });

  it('fails where the gateway that was named does not answer', async () => {
    const { code, stderr } = await machine.run(['monitor', '--once'], { environment: nobodyThere });
    expect(code).toBe(1);
    expect(stderr).toMatch(/no gateway answers at http:\/\/127\.0\.0\.1:1 .*unset HOTPATH_URL/);
    const json = await machine.run(['monitor', '--json', '--server', 'http://127.0.0.1:1']);
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'CLI_GATEWAY_UNREACHABLE' } });
  });

  it('follows what is recorded on this machine while others write it', async () => {
    const path = eventFile(machine);
    const child = machine.start(['monitor', '--store', '--json', '--interval', '200ms', '--range', '24h']);
    const outcome = outcomeOf(child);
    await heard(child.stdout, /"isConnected":false/);
    await recordRequests(path, [{ atMs: Date.now(), figures: { duration: 1e6 } }]);
    await heard(child.stdout, /"total":1,/);
    await recordRequests(path, [{ atMs: Date.now(), names: { outcome: 'failed' } }]);
    await heard(child.stdout, /"total":2,"failed":1/);
    child.kill('SIGINT');
    const { code, stdout, stderr } = await outcome;
    expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
    const last = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(last).toMatchObject({ source: 'store', path, url: null, rangeMs: 86_400_000, targets: [{ calls: 2 }] });
    expect(last.recent).toHaveLength(2);
  });

  it('looks at recorded events where a range is told, also beside a gateway that was named', async () => {
    await recordRequests(eventFile(machine), [{ atMs: Date.now() }]);
    const { code, stdout } = await machine.run(['monitor', '--once', '--json', '--range', '24h'], {
      environment: nobodyThere,
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ source: 'store', url: null, rangeMs: 86_400_000 });
  });

  it.each([[], ['--json']])('fails where a file of events cannot be read, and says what to do: %j', async (...args) => {
    const path = join(machine.folder, 'damaged.sqlite');
    writeFileSync(path, 'no database '.repeat(1000));
    const { code, stdout } = await machine.run(['monitor', '--once', '--store', path, ...args]);
    expect(code).toBe(1);
    expect(stdout).toContain('away');
  });

  it('prints a frame of a file of events', async () => {
    const path = join(machine.folder, 'copied.sqlite');
    await recordRequests(path, [{ atMs: Date.now(), names: { model: 'claude-haiku-4-5' } }]);
    const { code, stdout, stderr } = await machine.run(['monitor', '--once', '--store', path]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/● local store/);
    expect(stdout).toMatch(/claude-haiku-4-5 +1 /);
    expect(stdout).toMatch(/╭─ Requests of late .*╭─ Runs /s);
  });

  it.each([
    [['--interval', '50ms'], /from 200ms to 10m/],
    [['--interval', 'soon'], /from 200ms to 10m/],
    [['--server', 'ftp://here'], /no address of a gateway.*\n.*hotpath monitor --help/],
    [['--range', '1m', '--store'], /from 5m to 400d/],
    [['--server', 'http://127.0.0.1:1', '--store'], /leave one out/],
    [['events.sqlite'], /write --store events\.sqlite/],
    [['--store', 'one.sqlite', 'other.sqlite'], /One file of events/],
  ])('refuses %j', async (args, complaint) => {
    const { code, stderr } = await machine.run(['monitor', '--once', ...args]);
    expect(code).toBe(2);
    expect(stderr).toMatch(complaint);
  });
});
