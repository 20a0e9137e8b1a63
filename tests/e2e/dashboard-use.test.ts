import { afterEach, describe, expect, it } from 'vitest';
import { hasChromium, type OpenOptions, type OpenPage, settle, useDashboard } from './support/dashboard.ts';

describe.skipIf(!hasChromium)('who uses the dashboard', () => {
  const { open, server } = useDashboard();
  let opened: OpenPage | undefined;
  const go = async (hash: string, options: Partial<OpenOptions> = {}) => {
    opened = await open({ hash, ...options });
    return opened.page;
  };
  afterEach(() => opened?.close());

  it('sees what happens now, can hold it still, and is told when the gateway is gone', async () => {
    const page = await go('#/overview');
    const cpu = page.locator('.now .tile', { hasText: 'Processor' }).locator('.value');
    await cpu.waitFor();
    const first = await cpu.textContent();
    await expect.poll(() => cpu.textContent(), { timeout: 10_000 }).not.toBe(first);

    await page.getByRole('button', { name: 'Pause' }).click();
    const held = await page.locator('.now .tiles').textContent();
    await page.waitForTimeout(2_200);
    expect(await page.locator('.now .tiles').textContent()).toBe(held);
    await page.getByRole('button', { name: /Go on/ }).click();
    await expect.poll(() => page.locator('.now .tiles').textContent(), { timeout: 10_000 }).not.toBe(held);

    server().dropStreams();
    await page.getByText('Connection lost, trying again').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
  });

  it('sees requests as they end, and one of them by its stages', async () => {
    const page = await go('#/requests');
    await settle(page);
    const newest = page.locator('tbody tr').first();
    const before = await newest.textContent();
    await expect.poll(() => newest.textContent(), { timeout: 10_000 }).not.toBe(before);
    await page.getByLabel('Outcome').selectOption('failed');
    await page.waitForURL(/outcome=failed/);
    await expect.poll(() => page.locator('tbody .badge-good').count()).toBe(0);
    await page.locator('tbody a').nth(5).click();
    await page.getByRole('table', { name: /^Timeline/ }).waitFor();
    expect(await page.getByRole('row', { name: /Call \(retry\)/ }).textContent()).toContain('PROVIDER_');
    await page.goBack();
    expect(await page.getByLabel('Outcome').inputValue()).toBe('failed');
  });

  it('finds a request by the beginning of its id', async () => {
    const page = await go('#/requests?range=24h');
    await settle(page);
    await page.locator('tbody a').nth(30).click();
    const id = page.locator('.facts code').first();
    await expect.poll(() => id.textContent()).toMatch(/^req_/);
    const begin = (await id.textContent())?.slice(0, 14) ?? '';
    await page.getByText('All requests').click();
    await page.getByRole('heading', { name: 'Requests' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type(begin);
    await expect.poll(() => page.locator('tbody tr').count()).toBe(1);
    expect(page.url()).toContain(`search=${begin}`);
  });

  it('keeps time and filters in the address, and marks a part of a chart', async () => {
    const page = await go('#/overview?range=24h&model=gpt-5-mini');
    await settle(page);
    expect(await page.getByLabel('Time', { exact: true }).inputValue()).toBe('24h');
    expect(await page.getByLabel('Model').inputValue()).toBe('gpt-5-mini');
    await page.getByRole('link', { name: 'Compare' }).click();
    await page.waitForURL(/#\/compare\?range=24h&model=gpt-5-mini$/);
    await page.goBack();
    await page.waitForURL(/#\/overview/);
    await settle(page);
    const box = await page.locator('.u-over').first().boundingBox();
    if (box === null) throw new Error('There is no chart.');
    await page.mouse.move(box.x + 100, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + 200, box.y + 40, { steps: 4 });
    await page.mouse.up();
    await page.waitForURL(/from=\d+&to=\d+/);
    expect(await page.getByLabel('Time', { exact: true }).inputValue()).toBe('marked');
  });

  it('gets everywhere by keyboard', async () => {
    const page = await go('#/overview');
    await settle(page);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement?.textContent')).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement?.id')).toBe('content');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement?.tagName')).toBe('SELECT');
    expect(await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');

    for (const [keys, title] of [
      ['gr', 'Requests'],
      ['gu', 'Runs'],
      ['ga', 'Alerts'],
      ['gm', 'Compare'],
    ] as const) {
      await page.locator('h1').first().focus();
      await page.keyboard.type(keys);
      await page.getByRole('heading', { level: 1, name: title }).waitFor();
    }
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.getByLabel('These keys work').uncheck();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.locator('h1').focus();
    await page.keyboard.type('go');
    await page.waitForTimeout(300);
    expect(page.url()).toContain('#/compare');
  });

  it('chooses a theme, which stays', async () => {
    const page = await go('#/plugins', { colorScheme: 'light' });
    const ground = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    await settle(page);
    const light = await ground();
    await page.getByLabel('Theme').selectOption('dark');
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.reload();
    await settle(page);
    expect(await ground()).toBe(dark);
    expect(await page.getByLabel('Theme').inputValue()).toBe('dark');
  });

  it('signs in with the right key alone, and out again', async () => {
    const page = await go('#/cache', { how: '?signed-out' });
    await page.getByLabel('Admin key').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('This is not the admin key.').waitFor();
    await page.getByLabel('Admin key').fill('admin');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Cache' }).waitFor();
    await settle(page);
    await page.reload();
    await settle(page);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Admin key').waitFor();
    expect(await page.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
  });

  it('empties the cache only after a yes', async () => {
    const page = await go('#/cache');
    await settle(page);
    const entries = page.getByRole('row', { name: /memory/ });
    await page.getByRole('button', { name: 'Invalidate…' }).click();
    await page.getByRole('dialog').getByText('cannot be taken back').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await entries.textContent()).toContain('4,812');
    await page.getByRole('button', { name: 'Invalidate…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Invalidate', exact: true }).click();
    await page.getByText('66,252 entries removed.').waitFor();
    await expect.poll(() => entries.textContent()).not.toContain('4,812');
  });

  it('says yes to a run that waits, and undoes one', async () => {
    const page = await go('#/runs');
    await page.getByRole('link', { name: 'release-notes' }).click();
    await page.getByRole('button', { name: 'Approve…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await page.getByText('committed').waitFor();
    await page.getByRole('link', { name: 'Changes' }).click();
    await page.getByRole('button', { name: 'Undo…' }).click();
    await page.getByRole('dialog').getByText('3 paths will be as before the run.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Undo' }).click();
    await page.getByText('What was taken back').waitFor();
    expect(await page.getByRole('button', { name: 'Undo…' }).count()).toBe(0);
  });

  it('is told what went wrong, and tries again', async () => {
    const page = await go('#/plugins', { how: '?broken' });
    await page.getByRole('alert').getByText('The store of events cannot be read.').waitFor();
    await page.route('**/plugins', (route) => route.fulfill({ json: { version: 1, plugins: [] } }));
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('No plugins are installed').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });
});
