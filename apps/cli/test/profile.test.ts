import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { type CpuProfile, readStacks } from '../src/profile/cpu-profile.ts';
import { renderFlamegraph } from '../src/profile/flamegraph.ts';
import { placeOf, topFunctions } from '../src/profile/frames.ts';
import { freshMachine, heard, type Machine, outcomeOf } from './built.ts';
import { endLater } from './exec-runs.ts';

let machine: Machine;

beforeEach(() => {
  machine = freshMachine();
});

const frame = (functionName: string, url = 'file:///project/app.js') => ({ functionName, url, lineNumber: 4 });

const sample: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame('(root)', ''), children: [2, 5] },
    { id: 2, callFrame: frame('main'), children: [3, 4] },
    { id: 3, callFrame: frame('</script><b>hot'), children: [] },
    { id: 4, callFrame: frame('cold', 'file:///project/node_modules/left/pad.js') },
    { id: 5, callFrame: frame('(idle)', '') },
  ],
  startTime: 1_000,
  endTime: 2_000,
  samples: [2, 3, 5, 4, 2],
  timeDeltas: [100, 200, 300, 50, -10],
};

describe('the stacks of a profile', () => {
  it('have the time until the next sample, without idle time', () => {
    const { root, idleUs } = readStacks(sample);
    expect(idleUs).toBe(50);
    const [main] = root.children;
    expect(main).toMatchObject({ frame: { functionName: 'main' }, selfUs: 200 + 360, totalUs: 860 });
    expect(main?.children.map(({ frame: { functionName }, selfUs }) => [functionName, selfUs])).toEqual([
      ['</script><b>hot', 300],
    ]);
    expect(topFunctions([root], '/project', 10)).toEqual([
      { name: 'main', place: 'app.js:5', selfUs: 560, share: 560 / 860 },
      { name: '</script><b>hot', place: 'app.js:5', selfUs: 300, share: 300 / 860 },
    ]);
  });

  it('name a package by its own path', () => {
    expect(placeOf(frame('x', 'file:///project/node_modules/.pnpm/a@1/node_modules/a/b.js'), '/project')).toBe(
      'a/b.js:5',
    );
    expect(placeOf(frame('x', 'node:internal/fs'), '/project')).toBe('node:internal/fs:5');
  });
});

const page = (title = 'a & <b>') =>
  renderFlamegraph(
    title,
    [
      { label: 'one', ...readStacks(sample) },
      { label: '<i>two', ...readStacks(sample) },
    ],
    '/project',
  );

describe('the flamegraph', () => {
  it('is one file that asks for nothing, with names as text', () => {
    const html = page();
    expect(html).toContain('<title>a &#38; &#60;b&#62;</title>');
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/https?:|\bsrc=|<link|@import|<i>two|<b>hot/);
    expect(html.match(/<\/script>/g)).toHaveLength(2);
    const [, json = ''] = /id="data">(.*?)<\/script>/s.exec(html) ?? [];
    expect(JSON.parse(json).tabs.map(({ label }: { label: string }) => label)).toEqual(['All', 'one', '<i>two']);
  });

  const chromium = ['chromium', 'chromium-browser', 'google-chrome'].find(
    (name) => spawnSync(name, ['--version']).status === 0,
  );

  it.skipIf(chromium === undefined)('draws, searches and zooms in a browser (needs Chromium)', () => {
    const steps = `<script>
      const step = (name, value) => document.body.setAttribute('data-' + name, value);
      step('first', document.body.dataset.drawn);
      search.value = 'HOT'; search.dispatchEvent(new Event('input'));
      step('found', element('found').textContent);
      const box = canvas.getBoundingClientRect();
      const click = (row) => canvas.dispatchEvent(new MouseEvent('click', { clientX: box.left + 5, clientY: box.top + row * 19 + 5 }));
      click(2); step('zoomed', details.textContent);
      const key = (name) => dispatchEvent(new KeyboardEvent('keydown', { key: name }));
      key('Escape'); step('cleared', search.value);
      key('Escape'); step('out', details.textContent);
      key('/'); step('focus', document.activeElement.id);
      element('theme').click(); step('theme', document.documentElement.dataset.theme);
      document.querySelectorAll('nav button')[2].click(); step('tab', document.body.dataset.drawn);
      step('rows', element('functions').rows[1].cells[2].textContent);
      step('markup', document.querySelectorAll('b, i').length);
    </script></body>`;
    const file = machine.write('page.html', page().replace('</body>', steps));
    const flags = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      `--user-data-dir=${machine.folder}/browser`,
    ];
    const { stdout } = spawnSync(chromium ?? '', [...flags, '--dump-dom', pathToFileURL(file).href], {
      encoding: 'utf8',
    });
    const seen = Object.fromEntries(
      [...stdout.matchAll(/ data-(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
    );
    expect(seen).toMatchObject({
      first: '7',
      found: '34.9% of the time',
      zoomed: 'main  app.js:5: 860 µs in all (50.0%), 560 µs itself (32.6%)',
      cleared: '',
      focus: 'search',
      tab: '3',
      markup: '0',
    });
    expect(seen.out).toMatch(/^one: /);
    expect(seen.theme).toMatch(/^(dark|light)$/);
    expect(seen.rows).toContain('&lt;/script');
  });
});

const busy = `
  import { spawnSync } from 'node:child_process';
  import { Worker } from 'node:worker_threads';
  function hotFunction() { const end = performance.now() + 150; while (performance.now() < end); }
  hotFunction();
  if (process.argv[2] === 'parent') {
    spawnSync(process.execPath, [process.argv[1], 'child']);
    new Worker(new URL(import.meta.url), { argv: ['worker'] });
    console.log('done');
    process.exitCode = 3;
  }
`;

const profile = (...args: string[]) => machine.run(['profile', ...args]);

describe('hotpath profile', () => {
  it.skipIf(!existsSync('/proc/self'))('ends at once where its folder can never be made', async () => {
    const { code, stderr } = await profile('-o', '/proc/hotpath/profile', '--', 'node', '-e', '1');
    expect(code).toBe(1);
    expect(stderr).toContain('[CLI_FILE_UNUSABLE]: /proc/hotpath/profile cannot be used');
  });

  it('profiles every process and thread, and passes on what the command says', async () => {
    machine.write('busy.mjs', busy);
    const { code, stdout, stderr } = await profile(
      '-o',
      'a "b',
      '--summary-json',
      'top.json',
      '--',
      'busy.mjs',
      'parent',
    );
    expect({ code, stdout }).toEqual({ code: 3, stdout: 'done\n' });
    const folder = join(machine.folder, 'a "b');
    expect(stderr).toMatch(
      /^Most time by itself, of .* in 3 processes and threads\n( *\d+\.\d% .*\n){1,10}.*flamegraph\.html\n$/,
    );
    expect(readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'))).toHaveLength(3);
    const html = readFileSync(join(folder, 'flamegraph.html'), 'utf8');
    expect(html).toMatch(/busy\.mjs parent \(\d+\)/);
    expect(html).toMatch(/busy\.mjs child \(\d+\)/);
    expect(html).toMatch(/busy\.mjs worker \(\d+, thread \d+\)/);
    const summary = JSON.parse(readFileSync(join(machine.folder, 'top.json'), 'utf8'));
    expect(summary).toMatchObject({ exitCode: 3, folder, processes: 3 });
    expect(html).toContain('"hotFunction","busy.mjs:4"');
  });

  it('keeps keys of the command line out of the page, and the profiles for this user', async () => {
    machine.write('short.cjs', '');
    expect((await profile('-q', '-o', 'out', '--', 'short.cjs', '--key=sk-proj-0123456789')).code).toBe(0);
    const folder = join(machine.folder, 'out');
    expect(readFileSync(join(folder, 'flamegraph.html'), 'utf8')).toContain('short.cjs --key=***');
    expect(readFileSync(join(folder, 'flamegraph.html'), 'utf8')).not.toContain('0123456789');
    const files = readdirSync(folder);
    expect(files.map((name) => name.replace(/^\d+/, ''))).toEqual(['.cpuprofile', 'flamegraph.html']);
    for (const name of files) {
      expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
    }
  });

  it('tells a machine the same on the last line of standard error', async () => {
    machine.write('short.cjs', 'console.error("its own")');
    const { code, stdout, stderr } = await profile('--json', '-o', 'out', '--', 'short.cjs', '--json');
    expect([code, stdout, stderr.split('\n')[0]]).toEqual([0, '', 'its own']);
    expect(JSON.parse(stderr.split('\n')[1] ?? '')).toMatchObject({
      exitCode: 0,
      folder: join(machine.folder, 'out'),
      page: join(machine.folder, 'out', 'flamegraph.html'),
      processes: 1,
    });
  });

  it('profiles commands of hotpath', async () => {
    const { code, stdout, stderr } = await profile(
      '-o',
      'out',
      '-q',
      'hotpath',
      'config',
      'path',
      '--config',
      'none.yaml',
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('none.yaml');
    expect(readFileSync(join(machine.folder, 'out', 'flamegraph.html'), 'utf8')).toContain('config path');
  });

  it('passes signals on, and keeps the profile of what they end', async () => {
    machine.write('wait.cjs', 'setInterval(() => {}, 1000); console.log("ready");');
    const child = machine.start(['profile', '-o', 'out', '--', 'wait.cjs'], { detached: true });
    endLater(() => child.kill('SIGKILL'));
    const outcome = outcomeOf(child);
    await heard(child.stdout, /ready/);
    child.kill('SIGTERM');
    expect((await outcome).code).toBe(143);
    expect(existsSync(join(machine.folder, 'out', 'flamegraph.html'))).toBe(true);
  });

  it('leaves signals to a program that deals with them itself', async () => {
    machine.write(
      'own.cjs',
      'process.on("SIGTERM", () => process.exit(7)); setInterval(() => {}, 1000); console.log("ready");',
    );
    const child = machine.start(['profile', '-o', 'out', '--', 'own.cjs'], { detached: true });
    endLater(() => child.kill('SIGKILL'));
    const outcome = outcomeOf(child);
    await heard(child.stdout, /ready/);
    child.kill('SIGTERM');
    expect((await outcome).code).toBe(7);
  });

  it('says what cannot be run or was not profiled', async () => {
    expect(await profile()).toMatchObject({ code: 2, stderr: expect.stringContaining('no command to run') });
    expect(await profile('--', 'no-such-program')).toMatchObject({ code: 127 });
    expect(await profile('-o', 'out', '--', 'sh', '-c', 'exit 5')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('nothing was profiled'),
    });
    const { code, stdout, stderr } = await profile('-o', 'out', '--json', '--', 'sh', '-c', 'exit 5');
    expect([code, stdout, JSON.parse(stderr)]).toEqual([
      5,
      '',
      expect.objectContaining({ exitCode: 5, page: null, processes: 0 }),
    ]);
    expect(readdirSync(machine.folder)).toEqual(['out']);
  });
});
