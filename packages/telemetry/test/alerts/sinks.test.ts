import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { desktopSink } from '../../src/alerts/sinks/desktop.ts';
import { logSink } from '../../src/alerts/sinks/log.ts';
import { webhookSink } from '../../src/alerts/sinks/webhook.ts';
import type { AlertChangeEvent } from '../../src/events.ts';
import { fakeClock } from './support.ts';

const event: AlertChangeEvent = {
  rule: 'error-rate',
  subject: '',
  severity: 'page',
  from: 'pending',
  to: 'firing',
  atMs: 1_800_000_000_000,
  lastedMs: 10_000,
  value: 0.25,
  threshold: 0.05,
  unit: 'share',
  valueText: '25%',
  thresholdText: '5%',
  message: 'Requests that failed: 25% <of> some & all',
  isTold: true,
};
const goesOn = new AbortController().signal;
const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const each of cleanUp.splice(0)) each();
});

describe('the log', () => {
  it('gets a line for each', () => {
    const lines: string[] = [];
    const sink = logSink((line) => lines.push(line));
    sink.tell({ ...event, message: 'Bad', evidence: '/p.cpuprofile' }, goesOn);
    sink.tell({ ...event, message: 'Good', to: 'ok' }, goesOn);
    expect(lines).toEqual(['alert page error-rate: Bad. CPU profile: /p.cpuprofile', 'alert over error-rate: Good.']);
  });
});

describe('the webhook', () => {
  it('is posted JSON that Slack and programs can read', async () => {
    const requests: { readonly request: IncomingMessage; readonly body: unknown }[] = [];
    const server = createServer(async (request, response) => {
      requests.push({ request, body: JSON.parse(await text(request)) });
      response.end('ok');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanUp.push(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/secret`;
    await webhookSink({ url, headers: { authorization: 'Bearer s' }, origin: 'gateway 1' }).tell(event, goesOn);
    expect(requests[0]?.request).toMatchObject({ method: 'POST', url: '/services/secret' });
    expect(requests[0]?.request.headers).toMatchObject({
      'content-type': 'application/json',
      authorization: 'Bearer s',
    });
    expect(requests[0]?.body).toEqual({
      text: 'Alert: Requests that failed: 25% &lt;of&gt; some &amp; all (gateway 1)',
      version: 1,
      origin: 'gateway 1',
      rule: 'error-rate',
      subject: '',
      severity: 'page',
      state: 'firing',
      from: 'pending',
      value: 0.25,
      threshold: 0.05,
      unit: 'share',
      valueText: '25%',
      thresholdText: '5%',
      at: '2027-01-15T08:00:00.000Z',
      lastedMs: 10_000,
      message: 'Requests that failed: 25% <of> some & all',
    });
  });

  it('says where the profile is that is taken of it', async () => {
    const bodies: unknown[] = [];
    const fetch = async (_url: unknown, { body }: RequestInit): Promise<Response> => {
      bodies.push(JSON.parse(String(body)));
      return new Response();
    };
    const sink = webhookSink({ url: 'https://hooks.test/a', fetch: fetch as typeof globalThis.fetch });
    await sink.tell({ ...event, evidence: '/profiles/1.cpuprofile' }, goesOn);
    expect(bodies).toMatchObject([{ evidence: '/profiles/1.cpuprofile' }]);
  });

  /** A webhook that answers with these, one after another, and how the telling ends. */
  const told = (answers: readonly (Response | Error | 'never')[], signal = goesOn) => {
    const clock = fakeClock();
    const calls: RequestInit[] = [];
    const fetch = (_url: unknown, init: RequestInit): Promise<Response> => {
      const answer = answers[calls.length] ?? new Response();
      calls.push(init);
      if (answer === 'never')
        return new Promise((_, reject) => init.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    };
    const sink = webhookSink({ url: 'https://hooks.test/T0/secret', clock, fetch: fetch as typeof globalThis.fetch });
    const end = Promise.resolve(sink.tell(event, signal)).then(
      () => 'told',
      (error: Error) => error.message,
    );
    return { clock, calls, end };
  };
  const refused = () => new TypeError('fetch failed https://hooks.test/T0/secret', { cause: { code: 'ECONNREFUSED' } });

  it('is tried again after what may pass, with pauses that grow', async () => {
    const { clock, calls, end } = told([new Response('', { status: 503 }), refused(), 'never']);
    for (const [pauseMs, tries] of [
      [1000, 1],
      [2000, 2],
    ] as const) {
      await expect.poll(() => clock.waiting).toBe(1);
      expect(calls).toHaveLength(tries);
      clock.pass(pauseMs - 1);
      await new Promise(setImmediate);
      expect(calls).toHaveLength(tries);
      clock.pass(1);
      await expect.poll(() => calls.length).toBe(tries + 1);
    }
    clock.pass(10_000);
    await expect.poll(() => clock.waiting).toBe(1);
    clock.pass(4_000);
    expect(await end).toBe('told');
    expect(calls).toHaveLength(4);
  });

  it('is left alone for as long as it asks', async () => {
    const { clock, calls, end } = told([new Response('', { status: 429, headers: { 'retry-after': '30' } })]);
    await expect.poll(() => clock.waiting).toBe(1);
    clock.pass(29_999);
    await new Promise(setImmediate);
    expect(calls).toHaveLength(1);
    clock.pass(1);
    expect(await end).toBe('told');
  });

  it.each([
    [[new Response('', { status: 404 })], 'it answered 404', 1],
    [[new Response('', { status: 302, headers: { location: 'http://elsewhere.test' } })], 'it answered 302', 1],
    [[new Response('', { status: 429, headers: { 'retry-after': '3600' } })], 'it answered 429', 1],
    [[refused(), refused(), refused(), refused()], 'it could not be reached: ECONNREFUSED', 4],
  ])('is given up, without a word of its secret path (%#)', async (answers, why, tries) => {
    const { clock, calls, end } = told(answers);
    for (let pause = 1; pause < tries; pause += 1) {
      await expect.poll(() => clock.waiting).toBe(1);
      clock.pass(60_000);
    }
    expect(await end).toBe(
      `The webhook at hooks.test was not told of "error-rate": ${why}. See that it is there, and that its address is right.`,
    );
    expect(calls).toHaveLength(tries);
    expect(calls[0]?.redirect).toBe('manual');
  });

  it('is given up at once at the end of the process', async () => {
    const ending = new AbortController();
    const { clock, end } = told([refused()], ending.signal);
    await expect.poll(() => clock.waiting).toBe(1);
    ending.abort();
    expect(await end).toContain('was not told');
    expect(clock.waiting).toBe(0);
  });

  it('has to have an address', () => {
    expect(() => webhookSink({ url: 'hooks.test/secret' })).toThrow('write it in full');
    expect(() => webhookSink({ url: 'file:///etc/passwd' })).toThrow('write it in full');
  });
});

describe('the desktop', () => {
  const started: { file: string; args: readonly string[]; options: SpawnOptions }[] = [];
  /** A start of a program that ends as told. */
  const starting =
    (end: Error | 'exit' | 'throw') =>
    (file: string, args: readonly string[], options: SpawnOptions): ChildProcess => {
      started.push({ file, args, options });
      if (end === 'throw') throw new Error('EAGAIN');
      const child = Object.assign(new EventEmitter(), { unref() {} });
      setImmediate(() => (end === 'exit' ? child.emit('exit', 0) : child.emit('error', end)));
      return child as unknown as ChildProcess;
    };
  afterEach(() => void started.splice(0));
  const message = '$(touch x) "; <b> & `id`';

  it.each(['linux', 'darwin', 'win32'] as const)(
    'is told by the program of %s, and never by a shell',
    async (platform) => {
      await desktopSink({ platform, spawn: starting('exit') }).tell({ ...event, message }, goesOn);
      const [{ file, args, options } = started[0] as (typeof started)[number]] = started;
      expect(options.shell).toBeUndefined();
      expect(file).toBe({ linux: 'notify-send', darwin: 'osascript', win32: 'powershell.exe' }[platform]);
      if (platform === 'win32') {
        expect(args.join(' ')).not.toContain('touch');
        expect(options.env).toMatchObject({ HOTPATH_ALERT_TEXT: message, HOTPATH_ALERT_TITLE: 'Hotpath: alert' });
      } else if (platform === 'darwin') expect(args.slice(2)).toEqual(['Hotpath: alert', message]);
      else expect(args.slice(-3)).toEqual(['--', 'Hotpath: alert', '$(touch x) "; &lt;b&gt; &amp; `id`']);
    },
  );

  it('is not tried again where there is no such program, and fails nobody', async () => {
    const missing = Object.assign(new Error('no'), { code: 'ENOENT' });
    const sink = desktopSink({ platform: 'linux', spawn: starting(missing) });
    await sink.tell(event, goesOn);
    await sink.tell(event, goesOn);
    expect(started).toHaveLength(1);
    await desktopSink({ platform: 'linux', spawn: starting('throw') }).tell(event, goesOn);
  });

  it.skipIf(process.platform === 'win32')('reaches the program that is there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hotpath-desktop-'));
    cleanUp.push(() => rmSync(folder, { recursive: true }));
    const program = join(folder, 'notify-send');
    writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$@" > ${folder}/told\n`);
    chmodSync(program, 0o755);
    const sink = desktopSink({
      platform: 'linux',
      spawn: (file, args, options) => spawn(join(folder, file), [...args], options),
    });
    await sink.tell({ ...event, message: 'CPU: 80%' }, goesOn);
    expect(readFileSync(join(folder, 'told'), 'utf8').split('\n')).toEqual([
      '--app-name=Hotpath',
      '--urgency=critical',
      '--',
      'Hotpath: alert',
      'CPU: 80%',
      '',
    ]);
  });
});
