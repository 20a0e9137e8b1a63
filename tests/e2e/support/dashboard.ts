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
  /** Goes to another address as somebody does who was sent it. */
  load(hash: string): Promise<void>;
  close(): Promise<void>;
}

/** Without one, tests are skipped, but for CI: there they fail. */
export const hasChromium = findChromium() !== undefined || Boolean(process.env.CI);

/** A browser, and a fixture that serves the built page, for the tests of one file. */
export const useDashboard = () => {
  let browser: Browser;
  let server: FixtureServer;
  beforeAll(async () => {
    server = await startFixtureServer();
    browser = await chromium.launch({ executablePath: findChromium() ?? '', args: browserArguments });
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
      const load = async (address: string): Promise<void> => {
        // Another hash alone would load nothing.
        await page.goto('about:blank');
        await page.goto(`${server.url}/dashboard/${how}${address}`);
      };
      await load(hash);
      return { page, complaints, load, close: () => context.close() };
    },
  };
};

const twoFrames = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))';

/** Goes from the page that is shown to another one, and counts what moves from then on. */
export const follow = async (page: Page, hash: string): Promise<void> => {
  await page.evaluate(`window.layoutShift = 0; window.location.hash = ${JSON.stringify(hash)};`);
  await page.evaluate(twoFrames);
};

/** Nothing has changed for so long, or it is live and never stands still, milliseconds. */
const untilQuiet = `new Promise((resolve) => {
  const [quietMs, mostMs] = [120, 600];
  const end = () => {
    observer.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(resolve));
  };
  let timer = setTimeout(end, quietMs);
  const observer = new MutationObserver(() => {
    clearTimeout(timer);
    timer = setTimeout(end, quietMs);
  });
  observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  setTimeout(end, mostMs);
}).then(() => document.fonts.ready).then(() => undefined)`;

/** Resolves when nothing is awaited any more: fonts, charts and whatever comes after them are there. */
export const settle = async (page: Page): Promise<void> => {
  await page.locator('h1').first().waitFor();
  await page.locator('main:not(:has(.skeleton))').waitFor();
  await page.evaluate(untilQuiet);
};

/** Resolves when what is live has gone on once more, or has come to its end. */
export const untilItGoesOn = (page: Page): Promise<void> =>
  page.evaluate(`new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      observer.disconnect();
      requestAnimationFrame(() => requestAnimationFrame(resolve));
    });
    observer.observe(document.querySelector('main'), { subtree: true, childList: true, characterData: true });
    setTimeout(resolve, 2_500);
  }).then(() => undefined)`);

export const layoutShiftOf = (page: Page): Promise<number> => page.evaluate('window.layoutShift');

/** By how much the page is wider than the window, pixels. */
export const overflowOf = async (page: Page): Promise<number> =>
  Math.max(
    0,
    await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
  );

/** How wide the narrowest first column of a table is, pixels. */
export const narrowestNameOf = (page: Page): Promise<number> =>
  page.evaluate(
    `Math.min(9_999, ...[...document.querySelectorAll('.table-box tbody th')].map((cell) => cell.offsetWidth))`,
  );

/** What axe finds that keeps somebody out. */
export const seriousFindings = async (page: Page): Promise<readonly string[]> => {
  // Half a megabyte: a page that has it keeps it.
  if (!(await page.evaluate('Boolean(window.axe)'))) await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>(`axe.run({ resultTypes: ['violations'] })`);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary}`));
};
