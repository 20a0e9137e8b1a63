import { type FixtureServer, startFixtureServer } from '@hotpath/dashboard/fixture';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { findChromium } from '../../support/install-chromium.ts';

export const browserArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Counts what moves without anybody having done anything: https://web.dev/articles/cls */
const countShifts = `
  window.layoutShift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.layoutShift += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
`;

export interface OpenOptions extends BrowserContextOptions {
  /** Behind the page's address, as `?empty`. @default '' */
  readonly how?: string;
  /** As `#/requests`. */
  readonly hash: string;
}

export interface OpenPage {
  readonly page: Page;
  /** What the browser complained of. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

export const hasChromium = findChromium() !== undefined;

/** A browser, and a fixture that serves the built page, for the tests of one file. */
export const useDashboard = () => {
  let browser: Browser;
  let server: FixtureServer;
  beforeAll(async () => {
    const executablePath = findChromium();
    if (executablePath === undefined) return;
    server = await startFixtureServer();
    browser = await chromium.launch({ executablePath, args: browserArguments });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });
  return {
    server: () => server,
    open: async ({ how = '', hash, ...options }: OpenOptions): Promise<OpenPage> => {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
      });
      await page.addInitScript(countShifts);
      await page.goto(`${server.url}/dashboard/${how}${hash}`);
      return { page, complaints, close: () => context.close() };
    },
  };
};

/** Resolves when nothing is awaited any more. */
export const settle = async (page: Page): Promise<void> => {
  await page.locator('h1').first().waitFor();
  await page.locator('main:not(:has(.skeleton))').waitFor();
  // Fonts, charts and whatever comes after them.
  await page.waitForTimeout(400);
};

export const layoutShiftOf = (page: Page): Promise<number> => page.evaluate('window.layoutShift');

/** By how much the page is wider than the window, pixels. */
export const overflowOf = async (page: Page): Promise<number> =>
  Math.max(
    0,
    await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
  );

/** What axe finds that keeps somebody out. */
export const seriousFindings = async (page: Page): Promise<readonly string[]> => {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>(`axe.run({ resultTypes: ['violations'] })`);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary}`));
};
