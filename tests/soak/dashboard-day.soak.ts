import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHotpath } from '@hotpath/runtime';
import { openTelemetry } from '@hotpath/runtime/telemetry';
import { createLive, openAdminKey, startServer } from '@hotpath/server';
import { createCollector } from '@hotpath/telemetry';
import { openEventStore } from '@hotpath/telemetry/event-store';
import { chromium } from 'playwright-core';
import { expect, it } from 'vitest';
// @boundaries-ignore the traffic is that which analytics is tested by
import { recordTraffic } from '../../packages/telemetry/test/support/traffic.ts';
import { browserArguments } from '../e2e/support/dashboard.ts';
import { findChromium } from '../support/install-chromium.ts';

const requests = Number(process.env.SOAK_REQUESTS ?? 1_000_000);
const dayMs = 86_400_000;
const executablePath = findChromium();

/** So long may each take on a machine with others at work, milliseconds. */
const mostMs = { paint: 1_000, first: 10_000, change: 5_000 };
/** So many times as long as at rest may a gateway be busy with something else. */
const mostTimes = 10;

const fill = async (path: string): Promise<void> => {
  const store = openEventStore({ path });
  const collector = createCollector({ exporters: [store], flushMs: 'never', flushEvents: 10_000 });
  // Of the hours until now, so that the page's last day has all of them.
  await recordTraffic(collector, { requests, fromMs: Date.now() - dayMs + 60_000, days: 1 });
  await collector.close();
};

/** How long a gateway takes to say that it is there, while something else goes on. */
const ping = (url: string): (() => Promise<number>) => {
  let isOver = false;
  let longest = 0;
  const work = (async () => {
    while (!isOver) {
      const beganAt = performance.now();
      await fetch(`${url}/healthz`).then(
        (response) => response.text(),
        () => {
          // The gateway has ended, as where something else went wrong.
          isOver = true;
        },
      );
      longest = Math.max(longest, performance.now() - beganAt);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return async () => {
    isOver = true;
    await work;
    return longest;
  };
};

it.skipIf(executablePath === undefined)(
  `a day of ${requests} requests can be looked at`,
  { timeout: 600_000 },
  async () => {
    const home = await mkdtemp(join(tmpdir(), 'hotpath-day-'));
    const hotpath = await createHotpath(
      { detect: { environment: false, ollama: false }, providers: { sim: {} } },
      { environment: { HOTPATH_HOME: home } },
    );
    const { telemetry: config } = hotpath.config;
    const filledAt = performance.now();
    await fill(config.path);
    const filledMs = performance.now() - filledAt;
    const live = createLive();
    const telemetry = openTelemetry({ config, command: 'serve', exporters: [live.exporter], isLong: true });
    const adminKey = openAdminKey({ folder: home, environment: {} });
    const server = await startServer({ hotpath, port: 0, adminKey, observed: { telemetry, live } });
    const browser = await chromium.launch({ executablePath: executablePath as string, args: browserArguments });
    try {
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      const timed = async (work: () => Promise<unknown>): Promise<number> => {
        const beganAt = performance.now();
        await work();
        return Math.round(performance.now() - beganAt);
      };
      const isShown = () => page.locator('main:not(:has(.skeleton)):not(:has(.stale))').waitFor();
      const rows = page.locator('main tbody tr');
      const choose = async (label: string, value: string | { readonly index: number }) => {
        const answered = page.waitForResponse((response) => /\/(overview|requests)\?/.test(response.url()));
        await page.getByLabel(label, { exact: true }).selectOption(value);
        await answered;
        await isShown();
      };
      const figures: Record<string, number> = {};
      // The first one loads what asks.
      await (await fetch(`${server.url}/healthz`)).text();
      const endRest = ping(server.url);
      await page.waitForTimeout(2_000);
      figures.gatewayAtRest = Math.round(await endRest());
      const endPing = ping(server.url);

      figures.firstFigures = await timed(async () => {
        await page.goto(`${server.url}/dashboard/#/overview?range=24h`);
        await page.locator('.tile', { hasText: 'Requests' }).locator('b.value').nth(1).waitFor();
        await isShown();
      });
      figures.firstPaint = Math.round(
        await page.evaluate<number>("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity"),
      );
      figures.anotherRange = await timed(() => choose('Time', '6h'));
      figures.backToTheDay = await timed(() => choose('Time', '24h'));
      figures.oneModel = await timed(() => choose('Model', { index: 1 }));
      figures.requests = await timed(async () => {
        await page.goto(`${server.url}/dashboard/#/requests?range=24h`);
        await page.locator('h1', { hasText: 'Requests' }).waitFor();
        await isShown();
      });
      expect(await rows.count()).toBe(50);
      figures.olderPage = await timed(async () => {
        await page.getByRole('link', { name: 'Older' }).click();
        await page.waitForURL(/before=/);
        await isShown();
      });
      figures.failedOnly = await timed(() => choose('Outcome', 'failed'));
      figures.idThatIsNotThere = await timed(async () => {
        await page.goto(`${server.url}/dashboard/#/requests?range=24h&search=nobody`);
        await page.getByText('No such requests').waitFor();
      });
      figures.anomalies = await timed(async () => {
        await page.goto(`${server.url}/dashboard/#/alerts`);
        await page.getByText('It takes 7 days').first().waitFor();
      });
      // Frames while somebody scrolls.
      await page.goto(`${server.url}/dashboard/#/overview?range=24h`);
      await isShown();
      figures.slowestFrame = Math.round(
        await page.evaluate<number>(`new Promise((resolve) => {
          let [slowest, last, count] = [0, performance.now(), 0];
          const step = (now) => {
            slowest = Math.max(slowest, now - last);
            last = now;
            count += 1;
            window.scrollBy(0, 40);
            if (count < 60) requestAnimationFrame(step);
            else resolve(slowest);
          };
          requestAnimationFrame(step);
        })`),
      );
      figures.gatewayMeanwhile = Math.round(await endPing());
      process.stdout.write(`filled in ${Math.round(filledMs)} ms; ms: ${JSON.stringify(figures)}\n`);

      const { firstFigures, firstPaint, gatewayAtRest = 0, gatewayMeanwhile, slowestFrame: _, ...changes } = figures;
      expect(firstFigures).toBeLessThan(mostMs.first);
      expect(firstPaint).toBeLessThan(mostMs.paint);
      expect(gatewayMeanwhile).toBeLessThan(Math.max(gatewayAtRest, 50) * mostTimes);
      for (const [name, tookMs] of Object.entries(changes)) expect(tookMs, name).toBeLessThan(mostMs.change);
    } finally {
      await browser.close();
      await server.close({ graceMs: 0 });
      live.close();
      await telemetry.close();
      await hotpath.close();
      await rm(home, { recursive: true, force: true });
    }
  },
);
