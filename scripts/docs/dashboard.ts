import { chromium } from 'playwright-core';
import { startFixtureServer } from '../../apps/dashboard/dev/fixture-server.ts';

interface Picture {
  readonly name: string;
  readonly hash: string;
  readonly theme: 'light' | 'dark';
  readonly width: number;
  readonly height: number;
  /** The first link to a place that begins so is followed. */
  readonly follow?: string;
}

const pages: readonly (Pick<Picture, 'hash' | 'follow'> & { readonly page: string; readonly height?: number })[] = [
  { page: 'overview', hash: '#/overview?range=24h', height: 560 },
  { page: 'requests', hash: '#/requests', height: 560 },
  { page: 'request', hash: '#/requests', follow: '#/requests/' },
  { page: 'providers', hash: '#/providers', height: 600 },
  { page: 'cache', hash: '#/cache' },
  { page: 'keys', hash: '#/keys' },
  { page: 'key', hash: '#/keys/key_4f1c9a', height: 760 },
  { page: 'alerts', hash: '#/alerts' },
  { page: 'compare', hash: '#/compare' },
  { page: 'runs', hash: '#/runs' },
  { page: 'run', hash: '#/runs/run-done' },
  { page: 'plugins', hash: '#/plugins' },
];

const pictures: readonly Picture[] = [
  ...pages.flatMap(({ page, ...shown }) =>
    (['light', 'dark'] as const).map((theme) => ({
      name: `dashboard-${page}-${theme}.png`,
      theme,
      width: 1120,
      height: 640,
      ...shown,
    })),
  ),
  { name: 'dashboard-phone.png', hash: '#/overview', theme: 'dark', width: 360, height: 740 },
];

/** Pages of the dashboard with the made-up figures of its fixture, as they are after a few seconds. */
export const picturesOfDashboard = async (
  take: (name: string, picture: Buffer) => void,
  executablePath: string,
): Promise<void> => {
  const server = await startFixtureServer();
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    for (const { name, hash, theme, width, height, follow } of pictures) {
      const page = await browser.newPage({ viewport: { width, height }, colorScheme: theme });
      await page.goto(`${server.url}/dashboard/${hash}`);
      await page.locator('main:not(:has(.skeleton))').waitFor();
      if (follow !== undefined) await page.locator(`main a[href^="${follow}"]`).first().click();
      await page.waitForTimeout(8_000);
      take(name, await page.screenshot());
      await page.close();
    }
  } finally {
    await browser.close();
    await server.close();
  }
};
