import { fileURLToPath } from 'node:url';
import { installPeer } from './install.ts';

const folder = fileURLToPath(new URL('../.cache/ink', import.meta.url));

/** Installs ink and React, unless they are there already. Resolves to the folder of their packages. */
export const installInk = async (): Promise<string> => {
  await installPeer({
    name: 'ink',
    folder,
    entry: `${folder}/node_modules/ink/build/index.js`,
    manifest: { name: 'ink-peer', dependencies: { ink: '8.0.0', react: '19.3.1' } },
  });
  return `${folder}/node_modules`;
};
