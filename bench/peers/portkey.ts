import { fileURLToPath } from 'node:url';
import { installPeer } from './install.ts';

const folder = fileURLToPath(new URL('../.cache/portkey', import.meta.url));

// Without these exact versions the published build fails on streams.
const versions = {
  '@portkey-ai/gateway': '1.15.2',
  '@hono/node-server': '1.13.5',
  hono: '4.9.7',
  '@hono/node-ws': '1.2.0',
};
const { '@portkey-ai/gateway': _, ...overrides } = versions;

/** Installs Portkey, unless it is there already. Resolves to its start script. */
export const installPortkey = (): Promise<string> =>
  installPeer({
    name: 'Portkey',
    folder,
    entry: `${folder}/node_modules/@portkey-ai/gateway/build/start-server.js`,
    manifest: { name: 'portkey-peer', dependencies: versions, overrides },
  });
