import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { installPeer } from './install.ts';

const folder = fileURLToPath(new URL('../.cache/metrics', import.meta.url));

/** Installs the libraries that count and time, beside the workspace. */
export const installMetricsPeers = async (): Promise<void> => {
  const dependencies = {
    '@opentelemetry/api': '1.10.0',
    '@opentelemetry/sdk-metrics': '3.1.1',
    '@opentelemetry/sdk-trace': '3.1.1',
    'hdr-histogram-js': '3.0.1',
    'prom-client': '15.1.3',
  };
  const entry = `${folder}/node_modules/prom-client/package.json`;
  await installPeer({ name: 'metrics', folder, entry, manifest: { name: 'metrics-peers', dependencies } });
};

/** Imports one of them, as far as this is asked to know what is in it. */
export const importMetricsPeer = async <Exports>(specifier: string): Promise<Exports> => {
  const require = createRequire(`${folder}/index.js`);
  const module = (await import(pathToFileURL(require.resolve(specifier)).href)) as { default?: Exports } & Exports;
  return module.default ?? module;
};
