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
