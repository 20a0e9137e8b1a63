import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One way to run the gateway: which of its savings are on. */
export interface Saving {
  readonly name: string;
  readonly cache: boolean;
  /** Whether requests in flight are shared; without it the client asks for a call of its own (`cache-control: no-store`). */
  readonly coalescing: boolean;
  readonly promptCache: 'off' | 'safe' | 'aggressive';
  /** Whether requests that may wait are sent to the provider's batch API. */
  readonly batches: boolean;
}

export const baseline = 'none';
export const everything = 'all';

export const batchLane = 'batch lane';

/** The cache cannot be had without coalescing, nor can the batch lane, which joins equal requests: their rows have both. */
export const savings: readonly Saving[] = [
  { name: baseline, cache: false, coalescing: false, promptCache: 'off', batches: false },
  { name: 'coalescing', cache: false, coalescing: true, promptCache: 'off', batches: false },
  { name: 'cache and coalescing', cache: true, coalescing: true, promptCache: 'off', batches: false },
  { name: 'prompt cache', cache: false, coalescing: false, promptCache: 'safe', batches: false },
  { name: batchLane, cache: false, coalescing: true, promptCache: 'off', batches: true },
  { name: everything, cache: true, coalescing: true, promptCache: 'safe', batches: true },
];

const longEnough = { connectMs: 600_000, firstTokenMs: 600_000, idleMs: 600_000, totalMs: 7_200_000 };

/** The gateway's configuration. Each way is an organisation of its own at the provider. */
export const configOf = (
  { name, cache, promptCache, batches }: Saving,
  { upstreamUrl, hasLane }: { readonly upstreamUrl: string; readonly hasLane: boolean },
): object => ({
  detect: { environment: false, ollama: false },
  providers: { anthropic: { type: 'anthropic', apiKey: name, baseUrl: upstreamUrl } },
  cache: { enabled: cache },
  promptCache,
  ...(hasLane && { economy: { enabled: batches } }),
  // A machine that is held up for a second is held up for a minute of the virtual clock.
  timeouts: longEnough,
});

/** Whether this build of the command knows a lane to the providers' batch APIs. */
export const hasBatchLane = (command: string): boolean => {
  const folder = mkdtempSync(join(tmpdir(), 'hotpath-bench-'));
  const file = join(folder, 'hotpath.config.json');
  writeFileSync(file, '{"economy":{"enabled":true}}');
  const { status } = spawnSync(process.execPath, [command, 'config', 'check', '--config', file], { stdio: 'ignore' });
  rmSync(folder, { recursive: true, force: true });
  return status === 0;
};
