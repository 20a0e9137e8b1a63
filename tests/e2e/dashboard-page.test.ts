import { requestAt } from '@hotpath/dashboard/fixture';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  follow,
  hasChromium,
  layoutShiftOf,
  narrowestNameOf,
  type OpenPage,
  overflowOf,
  seriousFindings,
  settle,
  untilItGoesOn,
  useDashboard,
} from './support/dashboard.ts';

const failed = Array.from({ length: 1_000 }, (_, index) => requestAt(2_500_000_000 + index, 1)).find(
  ({ outcome }) => outcome === 'failed',
);

const hashes = [
  // First, as long as it goes on.
  '#/runs/run-live',
  '#/overview',
  '#/requests',
  '#/requests?words=invoice',
  `#/requests/${failed?.event}`,
  '#/providers',
  '#/cache',
  '#/keys',
  '#/keys/key_b20d77',
  '#/keys/new',
  '#/alerts',
  '#/compare',
  '#/runs',
  '#/runs?view=batches',
  '#/runs/run-done?view=plan',
  '#/runs/run-done?view=journal',
  '#/runs/run-done?view=changes',
  '#/runs/run-kept?view=changes',
  '#/plugins',
  '#/plugins/team-router',
];
const live = new Set(['#/overview', '#/requests', '#/runs/run-live']);

const desk = { width: 1280, height: 800 };
const tablet = { width: 768, height: 1024 };
const phone = { width: 360, height: 740 };
/** What a name in a table has room for at least, pixels. */
const leastName = 64;
const mostShift = 0.02;

describe.skipIf(!hasChromium)('every page of the dashboard', () => {
  const { open } = useDashboard();
  // Each goes from page to page, as people do: what axe is made of is then read once.
  let onDesk: OpenPage;
  let onPhone: OpenPage;
  let ofNothing: OpenPage;
  beforeAll(async () => {
    const hash = '#/compare';
    onDesk = await open({ hash, viewport: desk });
    onPhone = await open({ hash, viewport: phone, colorScheme: 'dark' });
    ofNothing = await open({ hash, how: '?empty', viewport: phone });
  });

  it.each(hashes)('%s can be used by everybody, on a desk and on a phone, in both themes', async (hash) => {
    const check = async ({ page, complaints }: OpenPage, how: string) => {
      await settle(page);
      if (live.has(hash)) await untilItGoesOn(page);
      expect(await layoutShiftOf(page), how).toBeLessThan(mostShift);
      expect(await overflowOf(page), how).toBe(0);
      expect(complaints, how).toEqual([]);
    };
    const byLink = async () => {
      const { page } = onDesk;
      await page.emulateMedia({ colorScheme: 'light' });
      await page.setViewportSize(desk);
      await follow(page, hash);
      await check(onDesk, 'by a link, on a desk');
      expect(await seriousFindings(page), 'light, on a desk').toEqual([]);
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.setViewportSize(phone);
      expect(await overflowOf(page), 'made narrow').toBe(0);
      expect(await seriousFindings(page), 'dark, on a phone').toEqual([]);
    };
    const byAddress = async () => {
      const { page } = onPhone;
      await page.setViewportSize(phone);
      await onPhone.load(hash);
      await check(onPhone, 'by its address, on a phone');
      await page.setViewportSize(desk);
      expect(await overflowOf(page), 'made wide').toBe(0);
      await page.setViewportSize(tablet);
      expect(await overflowOf(page), 'on a tablet').toBe(0);
      expect(await narrowestNameOf(page), 'on a tablet').toBeGreaterThan(leastName);
    };
    await Promise.all([byLink(), byAddress()]);
  });

  it('can be signed in to by everybody, and its keys are told to everybody', async () => {
    const { page, complaints, close } = await open({ hash: '#/overview', how: '?signed-out', colorScheme: 'dark' });
    await page.getByLabel('Admin key').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('button', { name: /^Shortcuts/ }).click();
    await page.getByRole('dialog').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    // The browser itself writes of each answer with such a status.
    expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
    await close();
  });

  it.each([
    ['#/overview', 'hotpath ask'],
    ['#/requests', 'hotpath ask'],
    ['#/providers', 'hotpath init'],
    ['#/cache', 'hotpath cache doctor'],
    ['#/keys', 'hotpath keys create'],
    ['#/alerts', 'alerts'],
    ['#/compare', 'Choose a longer one'],
    ['#/runs', 'hotpath run'],
    ['#/runs?view=batches', 'hotpath ask --deadline'],
    ['#/plugins', 'hotpath plugins new'],
  ])('%s says what to do where there is nothing', async (hash, todo) => {
    const { page, complaints } = ofNothing;
    await follow(page, hash);
    await settle(page);
    expect(await page.locator('.empty').first().textContent()).toContain(todo);
    expect(await seriousFindings(page)).toEqual([]);
    expect(await overflowOf(page)).toBe(0);
    expect(complaints).toEqual([]);
  });
});
