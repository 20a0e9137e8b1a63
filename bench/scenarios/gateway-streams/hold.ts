import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { getJson } from '../../harness/get-json.ts';
import { freePort, launch } from '../../harness/process.ts';
import type { Gateway, GatewayKind } from '../../peers/gateways.ts';

const upstreamScript = new URL('../../peers/trickling-upstream.ts', import.meta.url);
const holderScript = new URL('./holder.ts', import.meta.url);
const [gatewayCore, loadCore] = [0, 1];
const warmStreams = 100;

export interface HoldOptions {
  readonly kind: GatewayKind;
  readonly streams: number;
  readonly openFiles: number;
  /** How long all are held once the last has begun. */
  readonly holdSeconds: number;
}

export interface Held {
  /** Resident memory of the gateway after a few streams that have come and gone. */
  readonly idleMb: number;
  /** The highest while all streams were open. */
  readonly heldMb: number;
  readonly peakMb: number;
  /** Of the gateway while all streams were open. */
  readonly cpuUsPerEvent: number;
}

interface Report {
  readonly streams: number;
  readonly events: number;
  readonly faulty: number;
  readonly faults: readonly string[];
}

/** Holds so many streams through one gateway, all of its processes its own. Rejects where one of them is not whole. */
export const holdStreams = async ({ kind, streams, openFiles, holdSeconds }: HoldOptions): Promise<Held> => {
  const stops: (() => Promise<void>)[] = [];
  /** A script of ours on the load's core; resolves to its address. */
  const start = async (script: URL, ...args: string[]): Promise<{ port: number; url: string }> => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const process = await launch({
      name: script.pathname,
      args: [fileURLToPath(script), '--port', String(port), ...args],
      core: loadCore,
      readyUrl: `${url}/`,
      openFiles,
    });
    stops.push(process.stop);
    return { port, url };
  };
  const control = async (url: string, name: string): Promise<Report> => {
    const report = await getJson<Report>(url);
    if (report.faulty > 0)
      throw new Error(`${name}: ${report.faulty} of ${report.streams} streams were wrong: ${report.faults.join('; ')}`);
    return report;
  };

  try {
    const upstream = await start(upstreamScript);
    const gateway: Gateway = await kind.start({ upstreamPort: upstream.port, core: gatewayCore, openFiles });
    stops.push(gateway.stop);
    const holder = await start(holderScript, '--target', String(gateway.port));
    const finish = (isFinishing: boolean): Promise<unknown> =>
      getJson(`${upstream.url}/${isFinishing ? 'finish' : 'go-on'}`);

    await control(`${holder.url}/open?count=${warmStreams}&tag=warm`, kind.name);
    await finish(true);
    await control(`${holder.url}/ended`, kind.name);
    await finish(false);
    await delay(1_000);
    const idleMb = gateway.process.memory().rssMb;

    const begun = await control(`${holder.url}/open?count=${streams}&tag=held`, kind.name);
    const [cpuMs, from] = [gateway.process.cpuMs(), performance.now()];
    let heldMb = 0;
    while (performance.now() - from < holdSeconds * 1000) {
      await delay(250);
      heldMb = Math.max(heldMb, gateway.process.memory().rssMb);
    }
    const usedMs = gateway.process.cpuMs() - cpuMs;
    const { events } = await control(`${holder.url}/`, kind.name);
    await finish(true);
    await control(`${holder.url}/ended`, kind.name);
    return {
      idleMb,
      heldMb,
      peakMb: gateway.process.memory().peakMb,
      cpuUsPerEvent: (usedMs * 1000) / (events - begun.events),
    };
  } finally {
    await Promise.allSettled(stops.reverse().map((stop) => stop()));
  }
};
