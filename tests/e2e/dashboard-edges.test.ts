import { describe, it } from 'vitest';
import { hasChromium, settle, useDashboard } from './support/dashboard.ts';

// Where there is nothing, or where somebody types.
describe.skipIf(!hasChromium)('the dashboard', { concurrent: true, timeout: 60_000 }, () => {
  const { open } = useDashboard();

  it('has the focus in the name of a new key, and takes what is typed there for nothing else', async ({
    expect,
    onTestFinished,
  }) => {
    const { page, close } = await open({ hash: '#/keys' });
    onTestFinished(close);
    await page.getByRole('button', { name: 'New key' }).click();
    const name = page.getByLabel('Name');
    await name.waitFor();
    const theme = await page.evaluate('document.documentElement.outerHTML.slice(0, 200)');
    await page.keyboard.type('team');
    expect(await name.inputValue()).toBe('team');
    expect(await page.evaluate('document.documentElement.outerHTML.slice(0, 200)')).toBe(theme);
    await settle(page);
    // There are keys: nobody is kept out by another one.
    expect(await page.getByText('As soon as there is a key').count()).toBe(0);
  });

  it.each([
    ['#/keys/nope', 'There is no such key', 'All keys'],
    ['#/runs/nope', 'There is no such run', 'All runs'],
    ['#/nosuch', 'There is no such page', 'Overview'],
  ])('says of %s that there is none, once', async (hash, text, back) => {
    const { page, complaints, close } = await open({ hash });
    try {
      await page.getByText(text).waitFor();
      await page.getByRole('main').getByRole('link', { name: back }).waitFor();
      // Events ask for themselves, and cannot tell why there are none.
      const most = hash.startsWith('#/runs') ? 2 : hash.startsWith('#/keys') ? 1 : 0;
      await page.waitForTimeout(2_500);
      if (complaints.length > most) throw new Error(`${complaints.length} complaints`);
    } finally {
      await close();
    }
  });

  it('has on a phone what it has on a desk, with links that a finger can hit', async ({ expect, onTestFinished }) => {
    const { page, load, close } = await open({ hash: '#/providers', viewport: { width: 390, height: 844 } });
    onTestFinished(close);
    for (const [hash, column] of [
      ['#/providers', 'p95'],
      ['#/providers', 'Errors'],
      ['#/alerts', 'Severity'],
      ['#/alerts', 'Since'],
    ] as const) {
      await load(hash);
      await page.locator(`td[data-name="${column}"]`).first().waitFor();
      await settle(page);
      const low = `[...document.querySelectorAll('main table a')].filter((link) => link.getBoundingClientRect().height < 24).length`;
      expect(await page.evaluate(low), hash).toBe(0);
    }
    await load('#/runs/run-done?view=journal');
    const text = page.locator('td[data-name="What"]').first();
    const row = page.locator('tbody tr').first();
    await text.waitFor();
    await settle(page);
    const [inner, outer] = [await text.boundingBox(), await row.boundingBox()];
    expect(inner?.width).toBe(outer?.width);
    await load('#/overview');
    await settle(page);
    const cut = `[...document.querySelectorAll('.tile small')].filter((each) => each.scrollWidth > each.clientWidth).length`;
    expect(await page.evaluate(cut)).toBe(0);
  });

  it('counts alerts by rule, and advises on those that are plain to nobody', async ({ expect, onTestFinished }) => {
    const { page, close } = await open({ hash: '#/alerts' });
    onTestFinished(close);
    // Of three, two are of the same rule.
    await page.getByText('2 rules fire now.').waitFor();
    expect(await page.getByText('A cache that is new').count()).toBe(1);
  });

  it('says of figures that cannot be compared why', async ({ expect, onTestFinished }) => {
    const { page, close } = await open({ hash: '#/compare' });
    onTestFinished(close);
    await page.locator('td[data-name="Verdict"]', { hasText: 'too few' }).first().waitFor();
    expect(await page.locator('td[data-name="Verdict"]', { hasText: 'unknown' }).count()).toBe(0);
  });

  it('says where nothing is kept that this is so, and asks for none of it', async ({ expect, onTestFinished }) => {
    const { page, complaints, load, close } = await open({ hash: '#/overview', how: '?off' });
    onTestFinished(close);
    for (const hash of ['#/overview', '#/requests/req_1', '#/compare']) {
      await load(hash);
      await page.getByText('The gateway keeps no events').waitFor();
    }
    await load('#/requests');
    // Until the first of those comes that are told live.
    await settle(page);
    expect(await page.getByText('No such requests').count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});
