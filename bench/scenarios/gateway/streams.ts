import { createClient } from '../../harness/client.ts';
import type { Table } from '../../harness/results.ts';
import { interleave, quietNote, type Round, type Side, typicalOf, valuesOf } from '../../harness/rounds.ts';
import { quantile, rounded } from '../../harness/statistics.ts';
import { verdict } from '../../harness/verdict.ts';
import type { Gateway, GatewayKind } from '../../peers/gateways.ts';
import { requestBody, streamEvents, streamPieces } from '../../peers/payload.ts';
import { chatPath, type Stage } from './stage.ts';

const connections = 64;
const openLoopPerSecond = 50;
const targetFirstTokenMs = 1;

interface Window {
  readonly cpuUs: number;
  readonly streamsPerSecond: number;
}

interface Latency {
  readonly firstP50Ms: number;
  readonly firstP99Ms: number;
  readonly totalP50Ms: number;
}

const streamBytes = streamPieces.join('').length;

const clientOf = (name: string, gateway: Gateway, tag: string) =>
  createClient({
    port: gateway.port,
    path: chatPath,
    headers: gateway.headers,
    body: (index) => requestBody({ stream: true, counter: `${tag}${String(index).padStart(10, '0')}` }),
    // The event before it names the role alone, and says nothing of whether an answer will come.
    holdsToken: (chunk) => /"content":"[^"]/.test(chunk.toString('latin1')),
    check: (status, bytes) => {
      // Portkey writes events anew, so its bytes are not the upstream's; a short stream is wrong for everyone.
      if (status !== 200 || bytes < streamBytes * 0.9)
        throw new Error(`${name} answered ${status} with ${bytes} of ${streamBytes} bytes.`);
    },
  });

const tagOf = (letter: string, round: number): string => `${letter}${String(round + 1).padStart(5, '0')}`;

const closedLoop = (stage: Stage, name: string, gateway: Gateway): Side<Window> => ({
  name,
  measure: async (round) => {
    const client = clientOf(name, gateway, tagOf('s', round));
    const [cpu, started] = [gateway.process.cpuMs(), performance.now()];
    const done = await client.closedLoop({ connections, seconds: stage.options.quick ? 2 : 4 });
    const seconds = (performance.now() - started) / 1000;
    const cpuUs = ((gateway.process.cpuMs() - cpu) * 1000) / done.length;
    await client.close();
    return { cpuUs, streamsPerSecond: done.length / seconds };
  },
});

const openLoop = (stage: Stage, name: string, gateway: Gateway): Side<Latency> => ({
  name,
  measure: async (round) => {
    const client = clientOf(name, gateway, tagOf('t', round));
    const done = await client.openLoop({
      perSecond: openLoopPerSecond,
      seconds: stage.options.quick ? 2 : 4,
      seed: round + 1,
    });
    await client.close();
    const first = done.map((exchange) => exchange.firstTokenMs);
    return {
      firstP50Ms: quantile(first, 0.5),
      firstP99Ms: quantile(first, 0.99),
      totalP50Ms: quantile(
        done.map((exchange) => exchange.totalMs),
        0.5,
      ),
    };
  },
});

/** Streams of a hundred events: CPU for each, and what is added to the first token. */
export const measureStreams = async (
  stage: Stage,
  kinds: readonly GatewayKind[],
): Promise<{ tables: Table[]; rounds: Record<string, readonly Round<unknown>[]> }> => {
  const { quick, log } = stage.options;
  const running: { name: string; gateway: Gateway }[] = [];
  for (const kind of kinds) running.push({ name: kind.name, gateway: await stage.start(kind, 'streams') });
  const load = running.map(({ name, gateway }) => closedLoop(stage, name, gateway));
  for (const side of load) await side.measure(-1);
  const windows = await interleave(load, quick ? 2 : 5, { log });
  const calm = await interleave(
    running.map(({ name, gateway }) => openLoop(stage, name, gateway)),
    quick ? 2 : 7,
    { log },
  );
  await Promise.all(running.map(({ gateway }) => gateway.stop()));

  const cpuRows = running.map(({ name }) => {
    const cpu = valuesOf(windows, name, (window) => window.cpuUs);
    return [
      name,
      rounded(typicalOf(windows, name, (window) => window.cpuUs)),
      rounded(Math.max(...cpu)),
      rounded(typicalOf(windows, name, (window) => window.streamsPerSecond)),
    ];
  });
  const first = (name: string): number => typicalOf(calm, name, (latency) => latency.firstP50Ms);
  const added = (name: string): number => first(name) - first('direct');
  const firstRows = running.map(({ name }) => [
    name,
    rounded(first(name)),
    rounded(typicalOf(calm, name, (latency) => latency.firstP99Ms)),
    Number.isNaN(added(name)) ? '' : rounded(added(name)),
    rounded(typicalOf(calm, name, (latency) => latency.totalP50Ms)),
    name === 'hotpath' && !Number.isNaN(added(name)) ? verdict(added(name), targetFirstTokenMs, 'at-most', 'ms') : '',
  ]);
  return {
    tables: [
      {
        id: 'gateway-streams',
        title: `Streams of ${streamEvents} events, ${connections} at once`,
        columns: ['side', 'CPU µs per stream', 'worst', 'streams/s'],
        rows: cpuRows,
        notes: [
          'Each event is a write of its own, 2 ms after the one before. Every request is its own body.',
          quietNote(windows),
        ],
      },
      {
        id: 'gateway-first-token',
        title: `First token at ${openLoopPerSecond} streams/s in an open loop, from the intended arrival`,
        columns: ['side', 'p50 ms', 'p99 ms', 'added p50 ms', 'whole stream p50 ms', 'target'],
        rows: firstRows,
        notes: ['"Added" is beside direct.', quietNote(calm)],
      },
    ],
    rounds: { streams: windows, firstToken: calm },
  };
};
