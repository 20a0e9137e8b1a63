import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { getJson } from '../../harness/get-json.ts';
import { ownCpuMs } from '../../harness/machine.ts';
import { freePort, launch } from '../../harness/process.ts';
import type { ScenarioOptions } from '../../harness/scenario.ts';
import type { Gateway, GatewayKind } from '../../peers/gateways.ts';
import { requestBody } from '../../peers/payload.ts';

/** The core of whatever is under test; load and upstream share the other one. */
const gatewayCore = 0;
export const loadCore = 1;
export const chatPath = '/v1/chat/completions';

const profiles = fileURLToPath(new URL('../../.cache/profiles', import.meta.url));
const upstreamScript = fileURLToPath(new URL('../../peers/upstream.ts', import.meta.url));

/** What all parts of the gateway bench share: an upstream, a body file, and gateways that are stopped at the end. */
export interface Stage {
  readonly options: ScenarioOptions;
  readonly bodyFile: string;
  start(kind: GatewayKind, use: string): Promise<Gateway>;
  /** Requests that the upstream has answered so far. */
  upstreamCounts(): Promise<{ readonly answers: number; readonly streams: number }>;
  /** CPU of all that runs on the load's core: the upstream, this process and the load generators it waited for. */
  loadCpuMs(): number;
  close(): Promise<void>;
}

export const startStage = async (options: ScenarioOptions): Promise<Stage> => {
  const folder = await mkdtemp(join(tmpdir(), 'hotpath-bench-'));
  const bodyFile = join(folder, 'body.json');
  await writeFile(bodyFile, requestBody({ stream: false }));
  if (options.profile) await mkdir(profiles, { recursive: true });
  const port = await freePort();
  const upstream = await launch({
    name: 'upstream',
    args: [upstreamScript, '--port', String(port)],
    core: loadCore,
    readyUrl: `http://127.0.0.1:${port}/`,
  });
  const gateways: Gateway[] = [];
  return {
    options,
    bodyFile,
    start: async (kind, use) => {
      const nodeFlags = options.profile
        ? ['--cpu-prof', `--cpu-prof-dir=${profiles}`, `--cpu-prof-name=${kind.name}-${use}.cpuprofile`]
        : [];
      const gateway = await kind.start({ upstreamPort: port, core: gatewayCore, nodeFlags });
      gateways.push(gateway);
      return gateway;
    },
    upstreamCounts: () => getJson(`http://127.0.0.1:${port}/counts`),
    loadCpuMs: () => upstream.cpuMs() + ownCpuMs(process.pid),
    close: async () => {
      await Promise.all(gateways.map((gateway) => gateway.stop()));
      await upstream.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
