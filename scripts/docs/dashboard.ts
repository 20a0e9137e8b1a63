import { chromium } from 'playwright-core';
import { startFixtureServer } from '../../apps/dashboard/dev/fixture-server.ts';

interface Picture {
  readonly name: string;
  readonly hash: string;
  readonly theme: 'light' | 'dark';
  readonly width: number;
  readonly height: number;
}

const pictures: readonly Picture[] = [
  { name: 'dashboard-overview-light.png', hash: '#/overview?range=24h', theme: 'light', width: 1200, height: 560 },
  { name: 'dashboard-overview-dark.png', hash: '#/overview?range=24h', theme: 'dark', width: 1200, height: 560 },
  { name: 'dashboard-run.png', hash: '#/runs/run-done', theme: 'light', width: 1200, height: 680 },
  { name: 'dashboard-alerts.png', hash: '#/alerts', theme: 'light', width: 1080, height: 720 },
  { name: 'dashboard-key.png', hash: '#/keys/key_4f1c9a', theme: 'dark', width: 1200, height: 820 },
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
    for (const { name, hash, theme, width, height } of pictures) {
      const page = await browser.newPage({ viewport: { width, height }, colorScheme: theme });
      await page.goto(`${server.url}/dashboard/${hash}`);
      await page.locator('main:not(:has(.skeleton))').waitFor();
      await page.waitForTimeout(8_000);
      take(name, await page.screenshot());
      await page.close();
    }
  } finally {
    await browser.close();
    await server.close();
  }
};
