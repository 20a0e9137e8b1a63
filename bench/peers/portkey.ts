import { spawn } from 'node:child_process';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../.cache/portkey', import.meta.url));
const entry = `${folder}/node_modules/@portkey-ai/gateway/build/start-server.js`;

// Without these exact versions the published build fails on streams.
const versions = {
  '@portkey-ai/gateway': '1.15.2',
  '@hono/node-server': '1.13.5',
  hono: '4.9.7',
  '@hono/node-ws': '1.2.0',
};
const { '@portkey-ai/gateway': _, ...overrides } = versions;

const npmInstall = (): Promise<void> =>
  new Promise((resolve, reject) => {
    const npm = spawn(
      'npm',
      ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--omit=dev', '--loglevel=error'],
      {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    let complaint = '';
    npm.stderr.on('data', (bytes: Buffer) => (complaint += bytes));
    npm.on('error', (error) =>
      reject(
        new Error(
          `Portkey cannot be installed: npm did not start (${error.message}). Install npm, or leave the side out with --sides.`,
        ),
      ),
    );
    npm.on('exit', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(
            `Portkey cannot be installed: ${complaint.trim().split('\n')[0]}. Check the network, or leave the side out with --sides.`,
          ),
        );
    });
  });

/** Installs Portkey beside the workspace, never into it, unless it is there already. Resolves to its start script. */
export const installPortkey = async (): Promise<string> => {
  const there = await access(entry).then(
    () => true,
    () => false,
  );
  if (!there) {
    await mkdir(folder, { recursive: true });
    await writeFile(
      `${folder}/package.json`,
      JSON.stringify({ name: 'portkey-peer', private: true, dependencies: versions, overrides }, null, 2),
    );
    await npmInstall();
  }
  return entry;
};
