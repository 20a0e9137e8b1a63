import { readdirSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createPluginHost, folderSource } from '@hotpath/plugin-loader';
import { answerParent } from '../../harness/child.ts';

export interface DiscoveryJob {
  readonly step: 'discover' | 'stat' | 'stat-async' | 'facts';
  readonly folder: string;
  /** None for a cold start. */
  readonly indexFile: string | undefined;
  readonly plugins: number;
}

export interface DiscoveryResult {
  readonly tookMs: number;
  readonly filesRead: number;
}

const manifestsIn = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => (name.startsWith('.') ? [] : join(folder, name, 'plugin.json')));

const repeats = 200_000;

await answerParent<DiscoveryJob>(async ({ step, folder, indexFile, plugins }): Promise<DiscoveryResult> => {
  const host = createPluginHost({ sources: [folderSource(folder)], hostVersion: '0.5.0', indexFile });
  const started = performance.now();
  if (step === 'stat') {
    for (const path of manifestsIn(folder)) statSync(path);
    return { tookMs: performance.now() - started, filesRead: 0 };
  }
  if (step === 'stat-async') {
    await Promise.all(manifestsIn(folder).map((path) => stat(path)));
    return { tookMs: performance.now() - started, filesRead: 0 };
  }
  const { filesRead, problems, plugins: found } = await host.discover();
  const tookMs = performance.now() - started;
  if (found !== plugins || problems.length > 0) throw problems[0] ?? new Error(`${found} plugins were found.`);
  await host.flush();
  if (step === 'discover') return { tookMs, filesRead };

  const { name } = host.plugins()[0]?.manifest ?? { name: '' };
  for (let warm = 0; warm < repeats; warm++) await host.facts(name);
  const asked = performance.now();
  for (let each = 0; each < repeats; each++) await host.facts(name);
  return { tookMs: (performance.now() - asked) / repeats, filesRead };
});
