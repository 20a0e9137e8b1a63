import { createClient } from '../../harness/client.ts';
import type { Cell, Table } from '../../harness/results.ts';
import { interleave, quietNote, type Round } from '../../harness/rounds.ts';
import { stagesOf } from '../../harness/server-timing.ts';
import { median, quantile, rounded } from '../../harness/statistics.ts';
import type { GatewayKind } from '../../peers/gateways.ts';
import { answerBytes, counterPlaceholder, requestBody } from '../../peers/payload.ts';
import { chatPath, type Stage } from './stage.ts';

const openLoopPerSecond = 500;
/** Told by the gateway where it is asked for; what it tells without being asked is the whole and the provider's part. */
const asking = { 'x-hotpath-timing': '1' };
/** What is left when the provider's part is taken from the whole. */
const overhead = 'overhead (total less upstream)';

type Times = Readonly<Record<string, readonly number[]>>;

/** Where a request's time goes inside the gateway, as the gateway itself tells it. */
export const measureStages = async (
  stage: Stage,
  kind: GatewayKind,
): Promise<{ tables: Table[]; rounds: Record<string, readonly Round<unknown>[]> }> => {
  const { quick, log } = stage.options;
  const modes = [
    { name: 'miss', distinct: true },
    { name: 'cached answer', distinct: false },
  ];
  const sides = await Promise.all(
    modes.map(async ({ name, distinct }) => {
      const gateway = await stage.start(kind, `stages-${name}`);
      return {
        name,
        stop: gateway.stop,
        measure: async (round: number): Promise<Times> => {
          const times: Record<string, number[]> = {};
          const client = createClient({
            port: gateway.port,
            path: chatPath,
            headers: { ...gateway.headers, ...asking },
            body: (index) =>
              requestBody({
                stream: false,
                counter: distinct
                  ? `z${String(round + 1).padStart(5, '0')}${String(index).padStart(10, '0')}`
                  : counterPlaceholder,
              }),
            head: (headers) => {
              const stages = new Map(stagesOf(String(headers['server-timing'] ?? '')));
              const total = stages.get('total');
              if (total === undefined) throw new Error('The gateway told no time in "server-timing".');
              stages.set(overhead, total - (stages.get('upstream') ?? 0));
              for (const [name, ms] of stages) {
                times[name] ??= [];
                times[name].push(ms * 1000);
              }
            },
            check: (status, bytes) => {
              if (status !== 200 || bytes !== answerBytes)
                throw new Error(`hotpath answered ${status} with ${bytes} bytes.`);
            },
          });
          await client.openLoop({ perSecond: openLoopPerSecond, seconds: quick ? 2 : 4, seed: round + 1 });
          await client.close();
          return times;
        },
      };
    }),
  );
  for (const side of sides) await side.measure(-1);
  const windows = await interleave(sides, quick ? 1 : 5, { log });
  await Promise.all(sides.map((side) => side.stop()));

  const names = [...new Set(windows.flatMap(({ measured }) => Object.keys(measured)))];
  const cell = (side: string, name: string, share: number): Cell => {
    const own = windows.flatMap(({ side: other, measured }) => {
      const times = measured[name];
      return other === side && times !== undefined ? [quantile(times, share)] : [];
    });
    return own.length === 0 ? '' : rounded(median(own));
  };
  return {
    tables: [
      {
        id: 'gateway-stages',
        title: `Where the time goes in the gateway, at ${openLoopPerSecond} requests/s in an open loop`,
        columns: ['stage', ...modes.flatMap(({ name }) => [`${name}: p50 µs`, 'p99 µs'])],
        rows: names.map((name) => [
          name,
          ...modes.flatMap((mode) => [cell(mode.name, name, 0.5), cell(mode.name, name, 0.99)]),
        ]),
        notes: [
          'As the answers tell it in "server-timing": from the request that has arrived until the answer\'s head. What the kernel and Node\'s HTTP do before and after is not in it.',
          quietNote(windows),
        ],
      },
    ],
    rounds: {
      stages: windows.map(({ measured, ...window }) => ({
        ...window,
        measured: Object.fromEntries(
          Object.entries(measured).map(([name, times]) => [
            name,
            { p50Us: quantile(times, 0.5), p99Us: quantile(times, 0.99) },
          ]),
        ),
      })),
    },
  };
};
