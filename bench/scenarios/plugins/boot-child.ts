import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { answerParent } from '../../harness/child.ts';

export interface BootJob {
  readonly side: string;
  readonly folder: string;
  readonly indexFile: string;
}

export interface BootResult {
  readonly tookMs: number;
  /** Plugins that were activated. */
  readonly active: number;
}

interface Definition {
  activate(): Promise<object>;
}

const modules = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) =>
    name.startsWith('.') ? [] : pathToFileURL(join(folder, name, 'index.js')).href,
  );

let active = 0;
const load = async (url: string): Promise<void> => {
  const { default: definition } = (await import(url)) as { default: Definition };
  await definition.activate();
  active += 1;
};

const sequential = async ({ folder }: BootJob): Promise<void> => {
  for (const url of modules(folder)) await load(url);
};

/** What a host costs that does nothing else. */
const floor = async ({ folder }: BootJob): Promise<void> => {
  await Promise.all(modules(folder).map(load));
};

const avvio = async ({ folder }: BootJob): Promise<void> => {
  const { default: boot } = await import('avvio');
  const app = boot({}, { autostart: false });
  for (const url of modules(folder)) app.use(async () => load(url));
  app.start();
  await app.ready();
};

const hookable =
  (call: 'callHook' | 'callHookParallel') =>
  async ({ folder }: BootJob): Promise<void> => {
    const { createHooks } = await import('hookable');
    const hooks = createHooks<{ boot: () => Promise<void> }>();
    for (const url of modules(folder)) hooks.hook('boot', () => load(url));
    await hooks[call]('boot');
  };

const oclif = async ({ folder }: BootJob): Promise<void> => {
  const { Config } = await import('@oclif/core');
  const config = await Config.load({ root: folder });
  const { successes } = await config.runHook('init', { argv: [], id: undefined });
  active = successes.length;
};

const hotpath =
  (first?: string) =>
  async ({ folder, indexFile }: BootJob): Promise<void> => {
    const { createPluginHost, folderSource } = await import('@hotpath/plugin-loader');
    const host = createPluginHost({ sources: [folderSource(folder)], hostVersion: '0.5.0', indexFile });
    const { problems } = await host.boot();
    if (first !== undefined) await host.resolve('commands', first);
    if (problems.length > 0) throw problems[0];
    active = host.plugins().filter(({ status }) => status === 'active').length;
  };

const sides: Readonly<Record<string, (job: BootJob) => Promise<void>>> = {
  sequential,
  'Promise.all': floor,
  avvio,
  hookable: hookable('callHook'),
  'hookable parallel': hookable('callHookParallel'),
  oclif,
  'hotpath parallel': hotpath(),
  'hotpath core + lazy': hotpath('run-49'),
};

await answerParent<BootJob>(async (job): Promise<BootResult> => {
  const started = performance.now();
  await sides[job.side]?.(job);
  return { tookMs: performance.now() - started, active };
});
