import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { installPeer } from './install.ts';

/** Engines that are installed beside the workspace: they bring 40 to 150 packages each. */
const peers = {
  bullmq: { entry: 'bullmq', dependencies: { bullmq: '6.7.0', ioredis: '5.8.2' } },
  langgraph: {
    entry: '@langchain/langgraph',
    dependencies: {
      '@langchain/core': '1.4.0',
      '@langchain/langgraph': '1.7.3',
      '@langchain/langgraph-checkpoint-sqlite': '1.0.4',
    },
  },
  mastra: { entry: '@mastra/core', dependencies: { '@mastra/core': '1.71.0', zod: '4.3.6' } },
} as const;

export type DurablePeer = keyof typeof peers;

const folderOf = (name: DurablePeer): string => fileURLToPath(new URL(`../.cache/${name}`, import.meta.url));

/** Installs one, unless it is there already. */
export const installDurablePeer = async (name: DurablePeer): Promise<void> => {
  const folder = folderOf(name);
  const { entry, dependencies } = peers[name];
  await installPeer({
    name,
    folder,
    entry: `${folder}/node_modules/${entry}/package.json`,
    manifest: { name: `${name}-peer`, dependencies },
  });
};

/** Imports one of its packages, as far as this is asked to know what is in it. */
export const importFromPeer = async <Exports>(name: DurablePeer, specifier: string): Promise<Exports> => {
  const require = createRequire(`${folderOf(name)}/index.js`);
  return (await import(pathToFileURL(require.resolve(specifier)).href)) as Exports;
};
