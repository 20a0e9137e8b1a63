import { createClient } from '../../harness/client.ts';
import type { Table } from '../../harness/results.ts';
import { interleave, quietNote, type Round, type Side, typicalOf, valuesOf } from '../../harness/rounds.ts';
import { quantile, rounded } from '../../harness/statistics.ts';
import { verdict } from '../../harness/verdict.ts';
import { runWrk } from '../../harness/wrk.ts';
import type { Gateway, GatewayKind } from '../../peers/gateways.ts';
import { answerBytes, counterPlaceholder, requestBody } from '../../peers/payload.ts';
import { chatPath, loadCore, type Stage } from './stage.ts';

const connections = 32;
const openLoopPerSecond = 500;
const targets = { passCpuUs: 100, cachedCpuUs: 35, floorShare: 80, portkeyTimes: 6, rssMb: 180 };

export interface Mode {
  readonly name: string;
  readonly kind: GatewayKind;
  /** Every request differs from every other, so that nothing can be answered from a cache. */
  readonly distinct: boolean;
}

export interface Window {
  readonly cpuUs: number;
  readonly requestsPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly rssMb: number;
  readonly peakMb: number;
  /** Requests that reached the upstream, per request sent. */
  readonly upstreamShare: number;
  /** Share of its core that the side under test used: near 1, its throughput is its own limit. */
  readonly busy: number;
  /** Share of their core that upstream and load generator used: near 1, they are the limit. */
  readonly loadBusy: number;
}

interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const modesOf = (kinds: readonly GatewayKind[]): Mode[] =>
  kinds.flatMap((kind): Mode[] => [
    { name: kind.name, kind, distinct: true },
    ...(kind.name === 'hotpath' ? [{ name: 'hotpath, cached answer', kind, distinct: false }] : []),
  ]);

let windowCount = 0;
/** Never the same twice in a run, warm-up included, so that no request meets an answer of an earlier window. */
const windowTag = (): string => `r${String(++windowCount).padStart(5, '0')}`;

/** A window of whole answers in a closed loop. */
export const closedLoop = (stage: Stage, mode: Mode, gateway: Gateway): Side<Window> => ({
  name: mode.name,
  measure: async (_round) => {
    const seconds = stage.options.quick ? 2 : 4;
    const before = await stage.upstreamCounts();
    const [cpu, loadCpu, started] = [gateway.process.cpuMs(), stage.loadCpuMs(), performance.now()];
    const load = await runWrk({
      port: gateway.port,
      path: chatPath,
      bodyFile: stage.bodyFile,
      tag: mode.distinct ? windowTag() : undefined,
      headers: gateway.headers,
      connections,
      seconds,
      core: loadCore,
    });
    const elapsed = performance.now() - started;
    const used = gateway.process.cpuMs() - cpu;
    const cpuUs = (used * 1000) / load.requests;
    const busy = used / elapsed;
    const loadBusy = (stage.loadCpuMs() - loadCpu) / elapsed;
    const reached = (await stage.upstreamCounts()).answers - before.answers;
    const upstreamShare = reached / load.requests;
    if (mode.kind.name !== 'direct') {
      const wrong = mode.distinct ? upstreamShare < 0.999 : upstreamShare > 0.01;
      if (wrong)
        throw new Error(
          `${mode.name}: ${reached} of ${load.requests} requests reached the upstream, so this is not what the row says.`,
        );
    }
    return { ...load, ...gateway.process.memory(), cpuUs, busy, loadBusy, upstreamShare };
  },
});

const openLoop = (stage: Stage, mode: Mode, gateway: Gateway): Side<Latency> => ({
  name: mode.name,
  measure: async (round) => {
    const client = createClient({
      port: gateway.port,
      path: chatPath,
      headers: gateway.headers,
      body: (index) =>
        requestBody({
          stream: false,
          counter: mode.distinct
            ? `o${String(round + 1).padStart(5, '0')}${String(index).padStart(10, '0')}`
            : counterPlaceholder,
        }),
      check: (status, bytes) => {
        if (status !== 200 || bytes !== answerBytes)
          throw new Error(`${mode.name} answered ${status} with ${bytes} bytes.`);
      },
    });
    const done = await client.openLoop({
      perSecond: openLoopPerSecond,
      seconds: stage.options.quick ? 2 : 4,
      seed: round + 1,
    });
    await client.close();
    const totals = done.map((exchange) => exchange.totalMs);
    return { p50Ms: quantile(totals, 0.5), p99Ms: quantile(totals, 0.99) };
  },
});

const targetOf = (
  name: string,
  cpuUs: number,
  perSecond: number,
  base: { floor: number; portkeyCpu: number },
): string => {
  if (name === 'hotpath, cached answer') return verdict(cpuUs, targets.cachedCpuUs, 'at-most', 'µs');
  if (name !== 'hotpath') return '';
  return [
    verdict(cpuUs, targets.passCpuUs, 'at-most', 'µs'),
    ...(Number.isNaN(base.portkeyCpu)
      ? []
      : [`Portkey's CPU ${verdict(base.portkeyCpu / cpuUs, targets.portkeyTimes, 'at-least', 'x')}`]),
    ...(Number.isNaN(base.floor)
      ? []
      : [`floor's req/s ${verdict((perSecond / base.floor) * 100, targets.floorShare, 'at-least', '%')}`]),
  ].join('; ');
};

/** Whole answers: CPU and throughput in a closed loop, latency in an open one, memory under the load. */
export const measureAnswers = async (
  stage: Stage,
  kinds: readonly GatewayKind[],
): Promise<{ tables: Table[]; rounds: Record<string, readonly Round<unknown>[]> }> => {
  const { quick, log } = stage.options;
  const modes = modesOf(kinds);
  const running: { mode: Mode; gateway: Gateway }[] = [];
  for (const mode of modes)
    running.push({ mode, gateway: await stage.start(mode.kind, mode.distinct ? 'answers' : 'cached') });

  const load = running.map(({ mode, gateway }) => closedLoop(stage, mode, gateway));
  // Compiled code, filled pools and grown heaps are what a gateway runs on after its first seconds. The slowest side has
  // compiled all it will only after some ten thousand requests.
  await interleave(load, quick ? 1 : 3, { log: (line) => log(`warming up, ${line}`) });
  const windows = await interleave(load, quick ? 3 : 7, { log });
  const calm = await interleave(
    running.map(({ mode, gateway }) => openLoop(stage, mode, gateway)),
    quick ? 1 : 5,
    { log },
  );
  await Promise.all(running.map(({ gateway }) => gateway.stop()));

  const of = (name: string, pick: (window: Window) => number): number[] => valuesOf(windows, name, pick);
  const typical = (name: string, pick: (window: Window) => number): number => typicalOf(windows, name, pick);
  const base = {
    floor: typical('floor', (window) => window.requestsPerSecond),
    portkeyCpu: typical('portkey', (window) => window.cpuUs),
  };
  const rows = modes.map(({ name }) => {
    const cpuUs = typical(name, (window) => window.cpuUs);
    const requestsPerSecond = typical(name, (window) => window.requestsPerSecond);
    return [
      name,
      rounded(cpuUs),
      rounded(Math.max(...of(name, (window) => window.cpuUs))),
      rounded(requestsPerSecond),
      rounded(Math.min(...of(name, (window) => window.requestsPerSecond))),
      rounded(typical(name, (window) => window.p50Us)),
      rounded(typical(name, (window) => window.p99Us)),
      `${Math.round(typical(name, (window) => window.busy) * 100)}%`,
      `${Math.round(typical(name, (window) => window.loadBusy) * 100)}%`,
      targetOf(name, cpuUs, requestsPerSecond, base),
    ];
  });
  const calmRows = modes.map(({ name }) => {
    const p99 = valuesOf(calm, name, (latency) => latency.p99Ms);
    return [
      name,
      rounded(typicalOf(calm, name, (latency) => latency.p50Ms)),
      rounded(typicalOf(calm, name, (latency) => latency.p99Ms)),
      rounded(Math.max(...p99)),
    ];
  });
  const memoryRows = modes.map(({ name }) => {
    const peak = Math.max(...of(name, (window) => window.peakMb));
    return [
      name,
      rounded(typical(name, (window) => window.rssMb)),
      rounded(peak),
      name.startsWith('hotpath') ? verdict(peak, targets.rssMb, 'at-most', 'MB') : '',
    ];
  });
  return {
    tables: [
      {
        id: 'gateway-answers',
        title: `Whole answers, ${connections} connections in a closed loop, ${quick ? 3 : 7} rounds interleaved`,
        columns: [
          'side',
          'CPU µs per request',
          'worst',
          'requests/s',
          'worst',
          'p50 µs',
          'p99 µs',
          'core',
          'load core',
          'target',
        ],
        rows,
        notes: [
          'Request 951 bytes, answer 1,155. Side under test on one core; upstream and wrk on the other.',
          'Every request is its own body (cache misses), but for the cached row; checked by what reached the upstream.',
          "Throughput is the side's own limit where its core is near 100%; where the load's is, the true figure is higher.",
          quietNote(windows),
        ],
      },
      {
        id: 'gateway-latency',
        title: `Latency at ${openLoopPerSecond} requests/s in an open loop, from the intended arrival`,
        columns: ['side', 'p50 ms', 'p99 ms', 'worst p99 ms'],
        rows: calmRows,
        notes: ['Poisson arrivals, seeded.', quietNote(calm)],
      },
      {
        id: 'gateway-memory',
        title: 'Memory under the closed loop',
        columns: ['side', 'RSS MB', 'peak MB', 'target'],
        rows: memoryRows,
      },
    ],
    rounds: { answers: windows, latency: calm },
  };
};
