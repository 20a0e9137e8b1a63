import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { Setup } from './catalogue.ts';

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A fresh folder in which a case is laid out, with a home of its own. */
export interface Sandbox extends AsyncDisposable {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  run(line: string, shell?: string): Promise<Ran>;
  /** Every path below the folder with what it holds, to see whether anything changed. */
  digest(): string;
}

/** Where a command is on `PATH`; `undefined` when it is not. */
export const findOnPath = (name: string, path = process.env.PATH ?? ''): string | undefined => {
  for (const folder of path.split(delimiter)) {
    try {
      return realpathSync(join(folder, name)) && join(folder, name);
    } catch {}
  }
  return undefined;
};

const kept = ['PYENV_ROOT', 'RUSTUP_HOME', 'CARGO_HOME', 'JAVA_HOME', 'TMPDIR'];

const environmentOf = (home: string, path: string): Record<string, string> => {
  const environment: Record<string, string> = {
    PATH: path,
    HOME: home,
    LC_ALL: 'C.UTF-8',
    TERM: 'dumb',
    NO_COLOR: '1',
    PAGER: 'cat',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_PAGER: 'cat',
    GIT_TERMINAL_PROMPT: '0',
    npm_config_update_notifier: 'false',
    npm_config_offline: 'true',
    CARGO_NET_OFFLINE: 'true',
    CARGO_TERM_COLOR: 'never',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    // Rust's toolchains live in the user's own home.
    RUSTUP_HOME: join(process.env.HOME ?? '/', '.rustup'),
    CARGO_HOME: join(process.env.HOME ?? '/', '.cargo'),
  };
  for (const name of kept) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
};

const runLine = (line: string, shell: string, cwd: string, env: Record<string, string>): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const child = spawn(shell, ['-c', line], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ exitCode: code ?? 124, stdout, stderr }));
  });

const digestOf = (folder: string): string => {
  const hash = createHash('sha256');
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }).sort((a, b) =>
    join(a.parentPath, a.name) < join(b.parentPath, b.name) ? -1 : 1,
  )) {
    const path = join(entry.parentPath, entry.name);
    hash.update(`${path.slice(folder.length)}\0`);
    if (entry.isFile()) hash.update(readFileSync(path));
  }
  return hash.digest('hex');
};

const layOut = (folder: string, setup: Setup): void => {
  for (const [path, text] of Object.entries(setup.files ?? {})) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  for (const path of setup.executable ?? []) chmodSync(join(folder, path), 0o755);
};

const listenOn = (port: number): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer();
    // Somebody else's listener does as well: the port is taken all the same.
    server.on('error', () => resolve(server));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });

/** Lays out a case. @throws when one of its own commands fails. */
export const createSandbox = async (setup: Setup = {}): Promise<Sandbox> => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'correct-')));
  const folder = join(root, 'work');
  const home = join(root, 'home');
  mkdirSync(folder);
  mkdirSync(home);
  writeFileSync(
    join(home, '.gitconfig'),
    '[user]\n\tname = Test\n\temail = test@example.com\n[advice]\n\tdetachedHead = false\n',
  );
  layOut(folder, setup);
  let path = process.env.PATH ?? '';
  if (setup.commands) {
    const ran = await runLine(['set -e', ...setup.commands].join('\n'), 'bash', folder, environmentOf(home, path));
    if (ran.exitCode !== 0) throw new Error(`setup: ${setup.commands.join('; ')}\n${ran.stderr}`);
  }
  if (setup.only) {
    const bin = join(root, 'bin');
    mkdirSync(bin);
    for (const name of setup.only) symlinkSync(findOnPath(name, `/usr/bin:/bin:${path}`) ?? name, join(bin, name));
    path = bin;
  }
  const environment = environmentOf(home, path);
  const server = setup.listen === undefined ? undefined : await listenOn(setup.listen);
  return {
    folder,
    environment,
    run: (line, shell = 'sh') => runLine(line, findOnPath(shell) ?? shell, folder, environment),
    digest: () => digestOf(folder),
    async [Symbol.asyncDispose]() {
      server?.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
};
