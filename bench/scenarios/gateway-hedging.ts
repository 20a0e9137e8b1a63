import { fileURLToPath } from 'node:url';
import { createClient } from '../harness/client.ts';
import { getJson } from '../harness/get-json.ts';
import { pinSelf } from '../harness/machine.ts';
import { freePort, launch } from '../harness/process.ts';
import { interleave, quietNote, type Side, valuesOf } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import { quantile, rounded } from '../harness/statistics.ts';
import { verdict } from '../harness/verdict.ts';
import { floor, type Gateway, requireCommand, startHotpath } from '../peers/gateways.ts';
import { usualHeavyTail as tail } from '../peers/heavy-tail.ts';
import { answerBytes, requestBody } from '../peers/payload.ts';
import { chosenOf } from './cache/sides.ts';

const upstreamScript = fileURLToPath(new URL('../peers/upstream.ts', import.meta.url));
const [gatewayCore, loadCore] = [0, 1];
const perSecond = 400;
const targets = { times: 3, extraPercent: 5 };
const unhedged = 'hotpath without hedge';
const hedged = 'hotpath with hedge';
const names = ['direct', 'floor', unhedged, hedged];

interface Window {
  readonly latenciesMs: readonly number[];
  /** That the upstream got. */
  readonly calls: number;
}

const extraPercent = (calls: number, requests: number): number => (calls / requests - 1) * 100;

/** Two providers that are the same upstream by two paths: a request has a delay of its own at each of them. */
const configOf = (port: number, hedge: boolean) => ({
  detect: { environment: false, ollama: false },
  providers: Object.fromEntries(
    ['first', 'second'].map((id) => [
      id,
      { type: 'openai-compatible', baseUrl: `http://127.0.0.1:${port}/${id}/v1`, models: ['gpt-4o-mini'] },
    ]),
  ),
  routes: { 'gpt-4o-mini': { targets: ['first/gpt-4o-mini', 'second/gpt-4o-mini'], hedge } },
});

/** What a second call is worth where some calls take much longer than others. */
export const scenario: Scenario = {
  title: 'Hedging: latency behind a heavy-tailed upstream',
  run: async ({ quick, sides: asked, command, log }) => {
    const chosen = chosenOf(
      names.map((name) => ({ name })),
      asked,
    );
    requireCommand(command);
    pinSelf(loadCore);
    const upstreamPort = await freePort();
    const url = `http://127.0.0.1:${upstreamPort}`;
    const upstream = await launch({
      name: 'upstream',
      args: [upstreamScript, '--port', String(upstreamPort), '--heavy-tail'],
      core: loadCore,
      readyUrl: url,
    });
    const started: Gateway[] = [];
    const startHotpathWith = (hedge: boolean): Promise<Gateway> =>
      startHotpath({ command, core: gatewayCore, config: configOf(upstreamPort, hedge) });
    const gatewayOf: Record<string, () => Promise<Gateway>> = {
      floor: () => floor.start({ upstreamPort, core: gatewayCore }),
      [unhedged]: () => startHotpathWith(false),
      [hedged]: () => startHotpathWith(true),
    };

    try {
      const sides: Side<Window>[] = [];
      for (const { name } of chosen) {
        const gateway = await gatewayOf[name]?.();
        if (gateway) started.push(gateway);
        const isHotpath = name.startsWith('hotpath');
        sides.push({
          name,
          measure: async (round) => {
            const client = createClient({
              port: gateway?.port ?? upstreamPort,
              // What is not ours is sent where ours is sent first, to meet the same delays.
              path: isHotpath ? '/v1/chat/completions' : '/first/v1/chat/completions',
              headers: { authorization: 'Bearer key' },
              body: (index) =>
                requestBody({
                  stream: false,
                  counter: `h${String(round + 1).padStart(5, '0')}${String(index).padStart(10, '0')}`,
                }),
              check: (status, bytes) => {
                if (status !== 200 || bytes !== answerBytes)
                  throw new Error(`${name} answered ${status} with ${bytes} bytes.`);
              },
            });
            const before = await getJson<{ calls: number }>(`${url}/counts`);
            const done = await client.openLoop({ perSecond, seconds: quick ? 3 : 5, seed: round + 1 });
            await client.close();
            const { calls } = await getJson<{ calls: number }>(`${url}/counts`);
            return {
              latenciesMs: done.map((exchange) => exchange.totalMs),
              calls: calls - before.calls,
            };
          },
        });
      }
      // Code is compiled and the usual latency is learnt in a round of its own.
      for (const side of sides) await side.measure(-1);
      const rounds = await interleave(sides, quick ? 3 : 10, { log });

      const shareOf = (name: string, share: number): number =>
        quantile(
          rounds.flatMap(({ side, measured }) => (side === name ? measured.latenciesMs : [])),
          share,
        );
      const rows = chosen.map(({ name }) => {
        const own = rounds.flatMap(({ side, measured }) => (side === name ? [measured] : []));
        // What the budget holds back in one round may be spent in the next: the promise is for all of them.
        const extra = extraPercent(
          own.reduce((sum, { calls }) => sum + calls, 0),
          own.reduce((sum, { latenciesMs }) => sum + latenciesMs.length, 0),
        );
        const worstExtra = Math.max(...own.map(({ calls, latenciesMs }) => extraPercent(calls, latenciesMs.length)));
        const p99 = shareOf(name, 0.99);
        const times = shareOf(unhedged, 0.99) / p99;
        return [
          name,
          rounded(shareOf(name, 0.5)),
          rounded(p99),
          rounded(Math.max(...valuesOf(rounds, name, ({ latenciesMs }) => quantile(latenciesMs, 0.99)))),
          rounded(shareOf(name, 0.999)),
          `${rounded(extra)}%`,
          `${rounded(worstExtra)}%`,
          name === hedged && !Number.isNaN(times)
            ? `p99 lower ${verdict(times, targets.times, 'at-least', 'x')}; extra calls ${verdict(extra, targets.extraPercent, 'at-most', '%')}`
            : '',
        ];
      });
      const perSide = rounds.reduce(
        (sum, { side, measured }) => sum + (side === chosen[0]?.name ? measured.latenciesMs.length : 0),
        0,
      );
      const shown = rounds.map(({ measured: { latenciesMs, calls }, ...round }) => ({
        ...round,
        measured: {
          requests: latenciesMs.length,
          calls,
          p50Ms: quantile(latenciesMs, 0.5),
          p99Ms: quantile(latenciesMs, 0.99),
          p999Ms: quantile(latenciesMs, 0.999),
        },
      }));
      return {
        tables: [
          {
            id: 'gateway-hedging',
            title: `${perSecond} requests/s in an open loop, ${perSide.toLocaleString('en-US')} requests a side`,
            columns: [
              'side',
              'p50 ms',
              'p99 ms',
              'worst p99 ms',
              'p99.9 ms',
              'extra calls',
              'worst extra calls',
              'target',
            ],
            rows,
            notes: [
              `The upstream takes ${tail.medianMs} ms in the median (log-normal, ${tail.spread}), and ${tail.slowTimes} times as long for ${tail.slowShare * 100}% of the calls. Each request has the same delay for all sides; the second target's is its own.`,
              'Percentiles are over all rounds together, "worst" is the worst of a round. Latency is from the intended arrival.',
              'Hedging as it is by default: after the 95th percentile of recent answers, at most 5% more calls.',
              quietNote(rounds),
            ],
          },
        ],
        rounds: { hedging: shown },
      };
    } finally {
      await Promise.all(started.map((gateway) => gateway.stop()));
      await upstream.stop();
    }
  },
};
