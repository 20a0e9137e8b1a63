import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
// @boundaries-ignore the loopback provider stands in for a real one in the tests of every package
import { startUpstream, type Upstream, type UpstreamOptions } from '../../../../../tests/upstream/index.ts';
import type { EconomyOptions } from '../../../src/economy/options.ts';
import type { EconomyEvent } from '../../../src/events.ts';
import { channels } from '../../../src/events.ts';
import type { Exchange } from '../../../src/exchange.ts';
import { anthropic } from '../../../src/providers/anthropic.ts';
import { openai } from '../../../src/providers/openai.ts';
import { createRouter, type RouterOptions } from '../../../src/router.ts';
import type { JsonObject } from '../../../src/wire-format.ts';
import { memory } from '../../support/exchanges.ts';
import { record } from '../../support/recorder.ts';
import { laneClock } from './lane-clock.ts';

export const hour = 3_600_000;

/** Why the tests of the lane cannot run here. */
export const withoutSqlite = process.getBuiltinModule?.('node:sqlite') === undefined;

/** A real upstream, and routers with an economy lane over it that follow one another on one journal. */
export async function economyRig(knobs: UpstreamOptions = {}) {
  const upstream: Upstream = await startUpstream(knobs);
  const folder = mkdtempSync(join(tmpdir(), 'economy-'));
  const journalPath = join(folder, 'economy.sqlite');
  const clock = laneClock();
  const cache = memory();
  const events: EconomyEvent[] = [];
  const hear = (event: unknown): void => void events.push(event as EconomyEvent);
  channels.economy.subscribe(hear);
  const closing: (() => Promise<void>)[] = [];
  onTestFinished(async () => {
    channels.economy.unsubscribe(hear);
    for (const close of closing) await close();
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Waits until nothing is under way any more. */
  const settle = async (): Promise<void> => {
    for (let calm = 0; calm < 4; ) {
      await delay(2);
      calm = upstream.active === 0 ? calm + 1 : 0;
    }
  };

  return {
    upstream,
    journalPath,
    clock,
    cache,
    events,
    settle,
    router(economy: Partial<EconomyOptions> = {}, options: Partial<RouterOptions> = {}) {
      const router = createRouter({
        providers: [
          openai({ apiKey: 'key', baseUrl: upstream.openaiUrl }),
          anthropic({ apiKey: 'key', baseUrl: upstream.url }),
        ],
        cache,
        now: clock.now,
        economy: { journalPath, clock, ...economy },
        ...options,
      });
      closing.push(() => router.close());
      const ask = (
        body: JsonObject = {},
        { deadlineMs = 6 * hour, ...more }: Partial<Exchange> & { deadlineMs?: number } = {},
      ) => {
        const sink = record();
        const full = { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }], ...body };
        const raw = Buffer.from(JSON.stringify(full));
        const exchange = {
          protocol: 'openai-chat',
          body: full,
          raw,
          ...(Number.isFinite(deadlineMs) && { deadlineAt: clock.now() + deadlineMs }),
          ...more,
        } as const;
        const ticket = router.answer(exchange, sink);
        return { sink, ticket };
      };
      return { router, ask };
    },
    /** Lets time pass, timer by timer, until it is so. */
    async until(isSo: () => boolean): Promise<void> {
      for (let steps = 0; steps < 2_000; steps += 1) {
        await settle();
        if (isSo()) return;
        if (!clock.next()) throw new Error('nothing is going to happen any more');
      }
      throw new Error('it does not come to it');
    },
  };
}
