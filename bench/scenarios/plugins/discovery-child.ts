import { readdirSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { answerParent } from '../../harness/child.ts';

export interface DiscoveryJob {
  readonly step: 'discover' | 'stat' | 'stat-async' | 'facts';
  readonly folder: string;
  /** None for a cold start. */
  readonly indexFile: string | undefined;
  readonly plugins: number;
}

export interface DiscoveryResult {
  /** Of what was asked for. */
  readonly tookMs: number;
  /** Of the import of the loader before it. */
  readonly importMs: number;
  readonly filesRead: number;
}

const manifestsIn = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => (name.startsWith('.') ? [] : join(folder, name, 'plugin.json')));

const repeats = 200_000;

await answerParent<DiscoveryJob>(async ({ step, folder, indexFile, plugins }): Promise<DiscoveryResult> => {
  const began = performance.now();
  const { createPluginHost, folderSource } = await import('@hotpath/plugin-loader');
  const started = performance.now();
  const importMs = started - began;
  if (step === 'stat') {
    for (const path of manifestsIn(folder)) statSync(path);
    return { tookMs: performance.now() - started, importMs, filesRead: 0 };
  }
  if (step === 'stat-async') {
    await Promise.all(manifestsIn(folder).map((path) => stat(path)));
    return { tookMs: performance.now() - started, importMs, filesRead: 0 };
  }
  const host = createPluginHost({ sources: [folderSource(folder)], hostVersion: '0.5.0', indexFile });
  const { filesRead, problems, plugins: found } = await host.discover();
  const tookMs = performance.now() - started;
  if (found !== plugins || problems.length > 0) throw problems[0] ?? new Error(`${found} plugins were found.`);
  await host.flush();
  if (step === 'discover') return { tookMs, importMs, filesRead };

  const { name } = host.plugins()[0]?.manifest ?? { name: '' };
  for (let warm = 0; warm < repeats; warm++) await host.facts(name);
  const asked = performance.now();
  for (let each = 0; each < repeats; each++) await host.facts(name);
  return { tookMs: (performance.now() - asked) / repeats, importMs, filesRead };
});
