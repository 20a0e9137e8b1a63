import { requestAt } from '@hotpath/dashboard/fixture';
import { describe, expect, it } from 'vitest';
import { hasChromium, layoutShiftOf, overflowOf, seriousFindings, settle, useDashboard } from './support/dashboard.ts';

const failed = Array.from({ length: 1_000 }, (_, index) => requestAt(2_500_000_000 + index, 1)).find(
  ({ outcome }) => outcome === 'failed',
);

const hashes = [
  '#/overview',
  '#/requests',
  `#/requests/${failed?.event}`,
  '#/providers',
  '#/cache',
  '#/keys',
  '#/alerts',
  '#/compare',
  '#/runs',
  '#/runs/run-live',
  '#/runs/run-done?view=plan',
  '#/runs/run-done?view=changes',
  '#/runs/run-kept?view=changes',
  '#/plugins',
];

const desk = { width: 1280, height: 800 };
const phone = { width: 360, height: 740 };
const mostShift = 0.02;

describe.skipIf(!hasChromium)('every page of the dashboard', () => {
  const { open } = useDashboard();

  it.each(hashes)('%s can be used by everybody, on a desk and on a phone, in both themes', async (hash) => {
    const look = async (colorScheme: 'light' | 'dark', first: typeof desk, then: typeof desk) => {
      const { page, complaints, close } = await open({ hash, colorScheme, viewport: first });
      await settle(page);
      // What is live goes on for a while.
      await page.waitForTimeout(1_000);
      expect(await layoutShiftOf(page), colorScheme).toBeLessThan(mostShift);
      expect(await overflowOf(page), `${first.width}`).toBe(0);
      expect(await seriousFindings(page), colorScheme).toEqual([]);
      await page.setViewportSize(then);
      expect(await overflowOf(page), `${then.width}`).toBe(0);
      expect(complaints).toEqual([]);
      await close();
    };
    await Promise.all([look('light', desk, phone), look('dark', phone, desk)]);
  });

  it('can be signed in to by everybody, and its keys are told to everybody', async () => {
    const { page, complaints, close } = await open({ hash: '#/overview', how: '?signed-out', colorScheme: 'dark' });
    await page.getByLabel('Admin key').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('button', { name: /^Keys/ }).click();
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
    ['#/plugins', 'hotpath plugins new'],
  ])('%s says what to do where there is nothing', async (hash, todo) => {
    const { page, complaints, close } = await open({ hash, how: '?empty', viewport: phone });
    await settle(page);
    expect(await page.locator('.empty').first().textContent()).toContain(todo);
    expect(await seriousFindings(page)).toEqual([]);
    expect(await overflowOf(page)).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });
});
