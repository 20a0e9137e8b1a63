import { spawn } from 'node:child_process';
import { access, mkdir, writeFile } from 'node:fs/promises';

const npmInstall = (folder: string, name: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const npm = spawn(
      'npm',
      ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--omit=dev', '--loglevel=error'],
      { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let complaint = '';
    npm.stderr.on('data', (bytes: Buffer) => (complaint += bytes));
    npm.on('error', (error) =>
      reject(
        new Error(
          `${name} cannot be installed: npm did not start (${error.message}). Install npm, or leave the side out with --sides.`,
        ),
      ),
    );
    npm.on('exit', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(
            `${name} cannot be installed: ${complaint.trim().split('\n')[0]}. Check the network, or leave the side out with --sides.`,
          ),
        );
    });
  });

export interface PeerPackages {
  readonly name: string;
  readonly folder: string;
  /** A file that is there once it is installed. */
  readonly entry: string;
  readonly manifest: object;
}

/** Installs packages beside the workspace, never into it, unless they are there already. Resolves to the entry. */
export const installPeer = async ({ name, folder, entry, manifest }: PeerPackages): Promise<string> => {
  const there = await access(entry).then(
    () => true,
    () => false,
  );
  if (!there) {
    await mkdir(folder, { recursive: true });
    await writeFile(`${folder}/package.json`, JSON.stringify({ private: true, ...manifest }, null, 2));
    await npmInstall(folder, name);
  }
  return entry;
};
