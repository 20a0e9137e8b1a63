import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { HotpathConfig } from '@hotpath/runtime';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import type { Vitals } from './vitals.ts';

/** Why the process cannot be looked into here; undefined where it can. */
export const vitalsMissing: string | undefined = process.platform === 'win32' ? 'Windows has no SIGUSR2' : undefined;

/** The built `hotpath serve` with a configuration of its own, and a look into its process. */
export interface GatewayProcess extends AsyncDisposable {
  readonly url: string;
  /** What it wrote to standard error. */
  readonly complaints: Gateway['complaints'];
  readonly isRunning: boolean;
  vitals(): Promise<Vitals>;
  /** Asks it to stop, and resolves to its exit code. */
  stop(): Promise<number | null>;
}

export async function startGatewayProcess(config: HotpathConfig): Promise<GatewayProcess> {
  const home = await mkdtemp(join(tmpdir(), 'hotpath-process-'));
  const path = join(home, 'vitals.json');
  await writeFile(join(home, 'hotpath.config.json'), JSON.stringify(config));
  const preload = pathToFileURL(join(import.meta.dirname, 'vitals.ts')).href;
  const gateway = await startGateway({ NODE_OPTIONS: `--import=${preload}`, HOTPATH_TEST_VITALS: path }, { home });
  return {
    url: gateway.url,
    complaints: gateway.complaints,
    get isRunning() {
      return gateway.process.exitCode === null && gateway.process.signalCode === null;
    },
    stop: () => gateway.stop(),
    async vitals() {
      gateway.process.kill('SIGUSR2');
      for (const givenUpAt = performance.now() + 10_000; !existsSync(path); ) {
        if (performance.now() > givenUpAt) throw new Error(`The gateway shows no vitals.\n${gateway.complaints()}`);
        await delay(20);
      }
      const vitals: Vitals = JSON.parse(await readFile(path, 'utf8'));
      await unlink(path);
      return vitals;
    },
    async [Symbol.asyncDispose]() {
      await gateway.stop('SIGKILL');
      await rm(home, { recursive: true, force: true });
    },
  };
}
