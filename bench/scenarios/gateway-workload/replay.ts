import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Pool } from 'undici';
import { getJson } from '../../harness/get-json.ts';
import { freePort, launch } from '../../harness/process.ts';
import { quantile } from '../../harness/statistics.ts';
import { clockText, clockVariable } from '../../harness/virtual-clock.ts';
import { type Gateway, startHotpath } from '../../peers/gateways.ts';
import { addBills, type Bill, emptyBill } from './bill.ts';
import type { Kind } from './kinds.ts';
import { counterOf } from './metrics.ts';
import { configOf, type Saving } from './savings.ts';

const upstreamScript = fileURLToPath(new URL('./upstream.ts', import.meta.url));
const fastClock = fileURLToPath(new URL('../../harness/run-fast.ts', import.meta.url));
/** What may wait may do so for so long. */
const patience = '6h';
const [gatewayCore, loadCore] = [0, 1];

/** One request, written out when it is sent. */
export interface SentRequest {
  /** Milliseconds from the beginning. */
  readonly at: number;
  readonly kind: Pick<Kind, 'name' | 'waits'>;
  body(): string;
}

export interface ReplayOptions {
  readonly command: string;
  readonly requests: readonly SentRequest[];
  readonly ways: readonly Saving[];
  /** Whether the gateway has a lane to the providers' batch APIs. */
  readonly hasLane: boolean;
  /** Milliseconds of the virtual clock in one of ours. */
  readonly speed: number;
  /** Told of each answer: by the name of its way and the place of its request. */
  onAnswer?(way: string, index: number, answer: string): void;
}

/** What one way to run the gateway came to. */
export interface Replayed {
  readonly requests: number;
  /** What the provider billed, by kind of traffic. */
  readonly bills: Readonly<Record<string, Bill>>;
  readonly total: Bill;
  /** What the gateway counts itself, US dollars. */
  readonly counted: { readonly cost: number; readonly cache: number; readonly coalescing: number };
}

export interface Replay {
  readonly ways: Readonly<Record<string, Replayed>>;
  /** How late requests were sent by the virtual clock, seconds: 99 of 100 no more than this. */
  readonly lateSeconds: number;
}

interface Sender {
  /** Resolves with the answer. */
  send(body: string, kind: SentRequest['kind']): Promise<string>;
  close(): Promise<void>;
}

const createSender = ({ name, coalescing, batches }: Saving, { port }: Gateway): Sender => {
  const pool = new Pool(`http://127.0.0.1:${port}`, {
    connections: null,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    send: async (body, kind) => {
      const { statusCode, body: answer } = await pool.request({
        method: 'POST',
        path: '/v1/messages',
        headers: {
          'content-type': 'application/json',
          'anthropic-version': '2023-06-01',
          // Each kind of traffic is a tenant of its own.
          'x-api-key': `key-of-${kind.name}`,
          ...(kind.waits && batches && { 'x-hotpath-deadline': patience }),
          ...(!coalescing && { 'cache-control': 'no-store' }),
        },
        body,
      });
      const text = await answer.text();
      if (statusCode !== 200) throw new Error(`${name} answered ${statusCode}: ${text.slice(0, 300)}`);
      return text;
    },
    close: () => pool.close(),
  };
};

const replayedOf = async (gateway: Gateway, bills: Record<string, Bill>, requests: number): Promise<Replayed> => {
  const metrics = await (await fetch(`http://127.0.0.1:${gateway.port}/metrics`)).text();
  const saved = (by: string): number => counterOf(metrics, 'hotpath_saved_usd_total', `by="${by}"`);
  return {
    requests,
    bills,
    total: Object.values(bills).reduce(addBills, emptyBill),
    counted: {
      cost: counterOf(metrics, 'hotpath_cost_usd_total'),
      cache: saved('cache'),
      coalescing: saved('coalescing'),
    },
  };
};

/**
 * Sends the workload to a gateway for each way to run it, all at the same time: they meet the same moments, and none knows of
 * the others. Rejects where a single request fails.
 */
export const replay = async (options: ReplayOptions): Promise<Replay> => {
  const { command, requests, ways, hasLane, speed } = options;
  const env = { [clockVariable]: clockText({ startedAt: Date.now(), speed }) };
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const stops: (() => Promise<void>)[] = [];
  try {
    const upstream = await launch({
      name: 'upstream',
      args: [upstreamScript, '--port', String(port)],
      core: loadCore,
      readyUrl: url,
      env,
    });
    stops.push(upstream.stop);
    const running: { way: Saving; gateway: Gateway; sender: Sender }[] = [];
    for (const way of ways) {
      const gateway = await startHotpath({
        command,
        core: gatewayCore,
        env,
        config: configOf(way, { upstreamUrl: url, hasLane }),
        nodeFlags: ['--import', fastClock],
      });
      stops.push(gateway.stop);
      running.push({ way, gateway, sender: createSender(way, gateway) });
    }

    const late: number[] = [];
    const pending: Promise<void>[] = [];
    let failure: Error | undefined;
    const from = performance.now();
    for (const [index, { at, kind, body }] of requests.entries()) {
      const due = from + at / speed;
      const ahead = due - performance.now();
      if (ahead >= 1) await delay(ahead);
      if (failure) break;
      late.push(Math.max(0, performance.now() - due) * speed);
      const written = body();
      for (const { way, sender } of running) {
        pending.push(
          sender.send(written, kind).then(
            (answer) => options.onAnswer?.(way.name, index, answer),
            (error: Error) => {
              failure ??= error;
            },
          ),
        );
      }
    }
    await Promise.all(pending);
    await Promise.all(running.map(({ sender }) => sender.close()));
    if (failure) throw failure;

    const bills = await getJson<Record<string, Record<string, Bill>>>(url);
    const entries = await Promise.all(
      running.map(async ({ way, gateway }) => {
        const own = await replayedOf(gateway, bills[way.name] ?? {}, requests.length);
        return [way.name, own] as const;
      }),
    );
    return { ways: Object.fromEntries(entries), lateSeconds: quantile(late, 0.99) / 1000 };
  } finally {
    await Promise.allSettled(stops.map((stop) => stop()));
  }
};
