import type { Page } from 'playwright-core';
import { describe, it, type TestContext } from 'vitest';
import { hasChromium, type OpenOptions, settle, useDashboard } from './support/dashboard.ts';

const twoFrames = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))';

// Each in a context of its own, beside the others: most of the time they wait for what is live.
describe.skipIf(!hasChromium)('who uses the dashboard', { concurrent: true, timeout: 60_000 }, () => {
  const { open, server } = useDashboard();
  const go = async (
    finished: TestContext['onTestFinished'],
    hash: string,
    options: Partial<OpenOptions> = {},
  ): Promise<Page> => {
    const { page, close } = await open({ hash, ...options });
    finished(close);
    return page;
  };

  it('sees what happens now, can hold it still, and is told when the gateway is gone', async ({
    expect,
    onTestFinished,
  }) => {
    const page = await go(onTestFinished, '#/overview');
    const cpu = page.locator('.now .tile', { hasText: 'Processor' }).locator('.value');
    await cpu.waitFor();
    const first = await cpu.textContent();
    await expect.poll(() => cpu.textContent(), { timeout: 10_000 }).not.toBe(first);

    await page.getByRole('button', { name: 'Pause' }).click();
    const held = await page.locator('.now .tiles').textContent();
    // What it shows stays, while more comes.
    const goOn = page.getByRole('button', { name: /Go on \(.+ new\)/ });
    await goOn.waitFor();
    expect(await page.locator('.now .tiles').textContent()).toBe(held);
    await goOn.click();
    await expect.poll(() => page.locator('.now .tiles').textContent(), { timeout: 10_000 }).not.toBe(held);

    server().dropStreams();
    await page.getByText('Connection lost, trying again').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
  });

  it('finds requests by words of what was captured, and reads one', async ({ expect, onTestFinished }) => {
    const page = await go(onTestFinished, '#/requests');
    await settle(page);
    await page.getByLabel('Prompt or answer').fill('invoice');
    await page.getByLabel('Prompt or answer').press('Enter');
    const found = page.getByRole('region', { name: 'Found in prompts and answers' });
    expect(await found.locator('mark').first().textContent()).toBe('invoice');
    expect(page.url()).toContain('words=invoice');
    await found.locator('tbody a').first().click();
    await page.getByRole('region', { name: 'Answer' }).getByText('paid twice').waitFor();
    await page.getByText('Answer (cut: there was more)').waitFor();
    await page.goBack();
    // What stands beside it narrows it down, and it goes on with what is older.
    expect(await page.getByLabel('Time', { exact: true }).count()).toBe(0);
    expect(await page.getByLabel('Agent').count()).toBe(0);
    const newest = await found.locator('tbody tr').first().textContent();
    await found.getByRole('link', { name: 'Older' }).click();
    await expect.poll(() => found.locator('tbody tr').first().textContent()).not.toBe(newest);
    const asked = page.waitForRequest((request) => request.url().includes('/content?'));
    await page.getByLabel('Outcome').selectOption('failed');
    expect((await asked).url()).toMatch(/outcome=failed/);
    expect(page.url()).not.toContain('foundBefore');
    await page.getByRole('link', { name: 'Close the search' }).click();
    await found.waitFor({ state: 'detached' });
  });

  it('is told that nothing is captured where that is off', async ({ onTestFinished }) => {
    const page = await go(onTestFinished, '#/requests?words=invoice', { how: '?empty' });
    await page.getByText('prompts and answers are not captured').waitFor();
    const answer = (more: object) =>
      page.route('**/content?*', (route) =>
        route.fulfill({ json: { version: 1, isCapturing: false, isEmpty: false, entries: [], next: null, ...more } }),
      );
    await answer({});
    await page.reload();
    await page.getByText('No more is captured now.').waitFor();
    await answer({ isCapturing: true, isEmpty: true });
    await page.reload();
    await page.getByText('Nothing is captured yet').waitFor();
  });

  it('sees requests as they end, and one of them by its stages', async ({ expect, onTestFinished }) => {
    const page = await go(onTestFinished, '#/requests');
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

  it('finds a request by the beginning of its id', async ({ expect, onTestFinished }) => {
    const page = await go(onTestFinished, '#/requests?range=24h');
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
    await expect.poll(() => page.url()).toContain(`search=${begin}`);
  });

  it('keeps time and filters in the address, and marks a part of a chart', async ({ expect, onTestFinished }) => {
    const page = await go(onTestFinished, '#/overview?range=24h&model=gpt-5-mini');
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

  it('gets everywhere by keyboard', async ({ expect, onTestFinished }) => {
    const page = await go(onTestFinished, '#/overview');
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
    await page.getByRole('dialog', { name: 'Shortcuts' }).waitFor();
    await page.getByLabel('These keys work').uncheck();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.locator('h1').focus();
    await page.keyboard.type('go');
    await page.evaluate(twoFrames);
    expect(page.url()).toContain('#/compare');
  });

  it('chooses a theme, which stays', async ({ expect, onTestFinished }) => {
    const page = await go(onTestFinished, '#/plugins', { colorScheme: 'light' });
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

  it('signs in with the right key alone, and out again', async ({ expect, onTestFinished }) => {
    const page = await go(onTestFinished, '#/cache', { how: '?signed-out' });
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

  it('empties the cache only after a yes', async ({ expect, onTestFinished }) => {
    const page = await go(onTestFinished, '#/cache');
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

  it('makes a key, sees its secret once, changes it and removes it', async ({ expect, onTestFinished }) => {
    const page = await go(onTestFinished, '#/keys', { permissions: ['clipboard-read', 'clipboard-write'] });
    await settle(page);
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByLabel('Name').fill('web-shop');
    await page.getByLabel('A day', { exact: true }).fill('5');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('alert').getByText('There is a key called "web-shop" already').waitFor();
    await page.getByLabel('Name').fill('ci');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { name: 'The secret of ci' }).waitFor();
    const secret = await page.getByRole('textbox', { name: 'Secret' }).inputValue();
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByText('Copied.').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(secret);
    expect(page.url()).not.toContain(secret);

    await page.getByText('See the key').click();
    await page.getByRole('heading', { level: 1, name: 'Key ci' }).waitFor();
    expect(await page.content()).not.toContain(secret);
    await page.getByLabel('Requests at once').fill('3');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    await page.reload();
    await settle(page);
    expect(await page.getByLabel('Requests at once').inputValue()).toBe('3');
    await page.getByRole('button', { name: 'Rotate…' }).click();
    await page.getByRole('dialog').getByLabel('The old one stays valid').selectOption('an hour');
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
    await page.getByRole('heading', { name: 'The secret of ci' }).waitFor();
    expect(await page.getByRole('textbox', { name: 'Secret' }).inputValue()).not.toBe(secret);
    await page.getByRole('button', { name: 'Switch off…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Switch off' }).click();
    await page.getByRole('button', { name: 'Switch on…' }).waitFor();

    await page.getByRole('button', { name: 'Delete…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { level: 1, name: 'Keys and budgets' }).waitFor();
    await settle(page);
    expect(await page.getByRole('link', { name: 'ci', exact: true }).count()).toBe(0);
  });

  it('goes from one key to another, and sees nothing of the first', async ({ expect, onTestFinished }) => {
    const page = await go(onTestFinished, '#/keys/key_4f1c9a');
    const atOnce = page.getByLabel('Requests at once');
    await atOnce.waitFor();
    await expect.poll(() => atOnce.inputValue()).toBe('24');
    await atOnce.fill('7');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    await page.evaluate("location.hash = '#/keys/key_c3d2f8'");
    await page.getByRole('heading', { level: 1, name: 'Key research' }).waitFor();
    expect(await atOnce.inputValue()).toBe('');
    expect(await page.getByText('Saved.').count()).toBe(0);
  });

  it('is warned in the navigation, and gets from an unusual hour to what happened in it', async ({
    expect,
    onTestFinished,
  }) => {
    const page = await go(onTestFinished, '#/overview');
    const link = page.getByRole('link', { name: /^Alerts/ });
    await expect.poll(() => link.textContent()).toMatch(/2 rules fire, 1 figure is unusual/);
    await link.click();
    await page.getByRole('table', { name: 'Unusual hours of the last week' }).getByRole('link').nth(6).waitFor();
    await page
      .getByRole('row', { name: /Failed requests/ })
      .getByRole('link', { name: 'its requests' })
      .click();
    await page.waitForURL(/#\/requests\?from=\d+&to=\d+&outcome=failed/);
  });

  it('reads the journal of a run, and narrows it down', async ({ expect, onTestFinished }) => {
    const page = await go(onTestFinished, '#/runs/run-kept?view=journal');
    await settle(page);
    const rows = page.getByRole('table', { name: 'Journal' }).locator('tbody tr');
    expect(await rows.first().textContent()).toContain('the run began in /home/ada/shop');
    await page.getByLabel('Records').selectOption('failure');
    expect(await rows.count()).toBe(3);
    await page.getByLabel('With').fill('overloaded');
    await expect.poll(() => rows.count()).toBe(1);
    expect(await rows.textContent()).toContain('The provider is overloaded.');
  });

  it('says yes to a run that waits, and undoes one', async ({ expect, onTestFinished }) => {
    const page = await go(onTestFinished, '#/runs');
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

  it('is told what went wrong, and tries again', async ({ expect, onTestFinished }) => {
    const page = await go(onTestFinished, '#/plugins', { how: '?broken' });
    await page.getByRole('alert').getByText('The store of events cannot be read.').waitFor();
    await page.route('**/plugins', (route) => route.fulfill({ json: { version: 1, plugins: [] } }));
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('No plugins are installed').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });
});
