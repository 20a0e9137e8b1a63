import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createHotpath } from '@hotpath/runtime';
import { openAlerts, openTelemetry } from '@hotpath/runtime/telemetry';
import { createLive, openAdminKey, startServer } from '@hotpath/server';
import { keyFileIn, openKeyStore } from '@hotpath/server/keys';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../support/install-chromium.ts';
import { browserArguments, hasChromium } from './support/dashboard.ts';

const adminKey = 'an admin key that is long enough, and no more';
const ends: (() => unknown)[] = [];
let browser: Browser;
let url: string;
let secret: string;
let flush: () => Promise<void>;

const program = fileURLToPath(new URL('../../apps/cli/dist/hotpath.js', import.meta.url));
const plugin = fileURLToPath(new URL('../../examples/plugins/greeter', import.meta.url));

/** Runs a workflow of one step to its end, as this user does in a folder of theirs. */
const runWorkflow = async (home: string): Promise<void> => {
  const file = join(home, 'tidy.yaml');
  await writeFile(file, 'name: tidy-up\nsteps:\n  - id: look\n    run: "true"\n');
  const environment = { ...process.env, HOTPATH_HOME: home };
  await promisify(execFile)(process.execPath, [program, 'run', file, '--root', home], { env: environment });
};

/** A gateway with keys, whose provider is the simulator, and which records and watches what it does. */
const startGateway = async (): Promise<{ readonly flush: () => Promise<void> }> => {
  const home = await mkdtemp(join(tmpdir(), 'hotpath-dashboard-'));
  const hotpath = await createHotpath(
    {
      detect: { environment: false, ollama: false },
      providers: { sim: {} },
      prices: { 'sim-1': { input: 2, output: 10 } },
      plugins: { folders: [plugin] },
    },
    { environment: { HOTPATH_HOME: home } },
  );
  const keys = openKeyStore({ path: keyFileIn(join(home, 'state')) });
  ({ secret } = keys.create({ name: 'laptop' }));
  await runWorkflow(home);
  const live = createLive();
  const telemetry = openTelemetry({
    config: hotpath.config.telemetry,
    command: 'serve',
    prices: () => hotpath.prices,
    exporters: [live.exporter],
    isLong: true,
  });
  const { collector } = telemetry;
  const watched = { config: { ...hotpath.config.alerts, profiles: false }, folders: hotpath.folders };
  const alerts = await openAlerts({ ...watched, collector, sinks: [], origin: 'test' });
  const server = await startServer({
    hotpath,
    keys,
    port: 0,
    adminKey: openAdminKey({ folder: home, environment: { HOTPATH_ADMIN_KEY: adminKey } }),
    observed: { telemetry, live, alerts },
  });
  url = server.url;
  ends.push(
    () => rm(home, { recursive: true, force: true }),
    () => keys.close(),
    () => telemetry.close(),
    () => alerts?.close(),
    () => live.close(),
    () => hotpath.close(),
    () => server.close({ graceMs: 0 }),
  );
  return { flush: () => collector.flush() };
};

const ask = async (text: string, model = 'sim/sim-1'): Promise<string> => {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: text }] }),
  });
  await response.text();
  return response.headers.get('x-hotpath-request-id') ?? '';
};

const open = async (hash: string, headers: Readonly<Record<string, string>> = {}) => {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    extraHTTPHeaders: { ...headers },
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`${url}/dashboard/${hash}`);
  return { page, complaints, close: () => context.close() };
};

describe.skipIf(!hasChromium)('the dashboard of a gateway', () => {
  beforeAll(async () => {
    ({ flush } = await startGateway());
    browser = await chromium.launch({ executablePath: findChromium() ?? '', args: browserArguments });
    for (let index = 0; index < 30; index += 1) await ask(`question ${index % 20}`);
    await ask('of nobody', 'sim/absent');
    await flush();
  });
  afterAll(async () => {
    await browser?.close();
    for (const end of ends.reverse()) await end();
  });

  it.each([
    ['overview', '31'],
    ['requests', 'sim-1'],
    ['providers', 'sim-1'],
    ['cache', 'memory[\\s\\S]*sim-1'],
    ['keys', 'laptop'],
    ['alerts', 'memory[\\s\\S]*It takes 7 days'],
    ['compare', '31 requests from'],
    ['runs', 'tidy-up[\\s\\S]*committed'],
    ['runs?view=batches', 'economy lane|batch'],
    ['plugins', 'greeter'],
  ])('has a page of %s that shows real traffic, and the browser has nothing to complain of', async (name, text) => {
    const { page, complaints, close } = await open(`#/${name}`);
    await expect.poll(() => page.locator('main').textContent(), { timeout: 10_000 }).toMatch(new RegExp(text, 'i'));
    expect(complaints).toEqual([]);
    await close();
  });

  it('shows a request as it ends, and its timeline', async () => {
    const { page, close } = await open('#/requests');
    const row = (): Promise<number> => page.locator('main table tbody tr').count();
    await expect.poll(row, { timeout: 10_000 }).toBeGreaterThan(10);
    const id = await ask('what nobody has asked before');
    const link = page.locator(`main table a[href*="${id}"]`);
    await expect.poll(() => link.count(), { timeout: 10_000 }).toBe(1);
    await link.click();
    await expect
      .poll(() => page.locator('body').textContent(), { timeout: 10_000 })
      .toMatch(/first token[\s\S]*attempt|attempt/i);
    await close();
  });

  it('tells what each class of tokens of a request cost, as much as was charged for it', async () => {
    const id = await ask('what is charged for');
    await flush();
    const { page, close } = await open(`#/requests/${id}`);
    const cell = (row: string) =>
      page
        .getByRole('row', { name: new RegExp(`^${row} `) })
        .getByRole('cell')
        .last();
    await cell('Cost').waitFor();
    const usd = async (row: string) => Number((await cell(row).textContent())?.slice(1));
    expect((await usd('Input')) + (await usd('Output'))).toBeCloseTo(await usd('Cost'), 6);
    expect(await usd('Cost')).toBeGreaterThan(0);
    await close();
  });

  it('makes a key that opens the gateway, and deletes it', async () => {
    const { page, complaints, close } = await open('#/keys/new');
    await page.getByLabel('Name').fill('of the page');
    await page.getByLabel('A day', { exact: true }).fill('3');
    await page.getByRole('button', { name: 'Create' }).click();
    const made = await page.getByRole('textbox', { name: 'Secret' }).inputValue();
    const statusWith = async (key: string): Promise<number> => {
      const headers = { authorization: `Bearer ${key}` };
      return (await fetch(`${url}/v1/models`, { headers })).status;
    };
    expect([await statusWith(made), await statusWith('hp-wrong')]).toEqual([200, 401]);
    await page.getByText('See the key').click();
    await page.getByText('of $3.00 a day').waitFor();
    await page.getByRole('button', { name: 'Delete…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('link', { name: 'laptop' }).waitFor();
    expect(await page.locator('main').textContent()).not.toContain('of the page');
    expect(complaints).toEqual([]);
    await close();
  });

  it('asks whoever comes from elsewhere for the admin key, and lets them in with it', async () => {
    const { page, close } = await open('#/overview', { 'x-forwarded-for': '203.0.113.7' });
    const field = (own: Page) => own.locator('input[type=password]');
    await field(page).fill('a wrong key');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('body').textContent(), { timeout: 10_000 }).toMatch(/not the admin key/i);
    await field(page).fill(adminKey);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('main').textContent(), { timeout: 10_000 }).toMatch(/requests a second/i);
    await close();
  });
});
