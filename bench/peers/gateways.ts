import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, launch, type Running } from '../harness/process.ts';
import { installPortkey } from './portkey.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export interface StartOptions {
  readonly upstreamPort: number;
  readonly core: number;
  readonly nodeFlags?: readonly string[];
  /** Files and sockets that it may have open. @default as many as this process */
  readonly openFiles?: number;
}

/** A gateway under test, running. */
export interface Gateway {
  readonly process: Running;
  readonly port: number;
  /** What a client has to send for the gateway to find the upstream. */
  readonly headers: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** One kind of gateway; `start` may be called many times. */
export interface GatewayKind {
  readonly name: string;
  /** Installs or checks what `start` needs. Throws an error that says what to do. */
  prepare(): Promise<void>;
  start(options: StartOptions): Promise<Gateway>;
}

const authorization = { authorization: 'Bearer key' };
const flags = ({ nodeFlags, openFiles }: Pick<StartOptions, 'nodeFlags' | 'openFiles'>) => ({
  ...(nodeFlags !== undefined && { nodeFlags }),
  ...(openFiles !== undefined && { openFiles }),
});

/** No gateway: the upstream itself, on the core where the gateways run. */
export const direct: GatewayKind = {
  name: 'direct',
  prepare: async () => {},
  start: async ({ core, ...more }) => {
    const port = await freePort();
    const process = await launch({
      name: 'direct',
      args: [here('./upstream.ts'), '--port', String(port)],
      core,
      readyUrl: `http://127.0.0.1:${port}/`,
      ...flags(more),
    });
    return { process, port, headers: authorization, stop: process.stop };
  },
};

export const floor: GatewayKind = {
  name: 'floor',
  prepare: async () => {},
  start: async ({ upstreamPort, core, ...more }) => {
    const port = await freePort();
    // Who holds many streams must not be held back by a pool of few connections.
    const connections = more.openFiles === undefined ? [] : ['--connections', '0'];
    const upstream = `http://127.0.0.1:${upstreamPort}`;
    const process = await launch({
      name: 'floor',
      args: [here('./floor.ts'), '--port', String(port), '--upstream', upstream, ...connections],
      core,
      readyUrl: `http://127.0.0.1:${port}/`,
      ...flags(more),
    });
    return { process, port, headers: authorization, stop: process.stop };
  },
};

export const portkey: GatewayKind = {
  name: 'portkey',
  prepare: async () => {
    await installPortkey();
  },
  start: async ({ upstreamPort, core, ...more }) => {
    const port = await freePort();
    const process = await launch({
      name: 'portkey',
      args: [await installPortkey(), '--headless', `--port=${port}`],
      core,
      readyUrl: `http://127.0.0.1:${port}/`,
      env: { NODE_ENV: 'production' },
      ...flags(more),
    });
    const headers = {
      ...authorization,
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `http://127.0.0.1:${upstreamPort}/v1`,
    };
    return { process, port, headers, stop: process.stop };
  },
};

/** What the built command is started with, besides the port and a state folder of its own. */
export interface HotpathStart extends Pick<StartOptions, 'core' | 'nodeFlags' | 'openFiles'> {
  /** The built command. */
  readonly command: string;
  /** @default hotpath */
  readonly name?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The whole configuration. @default none: keys and addresses come from `env` */
  readonly config?: object;
}

/** Throws where the command is not built, and says what to do. */
export const requireCommand = (command: string): void => {
  if (!existsSync(command))
    throw new Error('The command is not built: run "npm run build" first, or leave hotpath out with --sides.');
};

/** Starts the built command as a user would. Its state folder goes with it. */
export const startHotpath = async (options: HotpathStart): Promise<Gateway> => {
  const { command, core, name = 'hotpath', env = {}, config, ...more } = options;
  const port = await freePort();
  const home = await mkdtemp(join(tmpdir(), 'hotpath-bench-'));
  const forget = () => rm(home, { recursive: true, force: true });
  try {
    const file = join(home, 'hotpath.config.json');
    if (config !== undefined) await writeFile(file, JSON.stringify(config));
    const process = await launch({
      name,
      args: [command, 'serve', '--port', String(port), ...(config === undefined ? [] : ['--config', file])],
      core,
      readyUrl: `http://127.0.0.1:${port}/healthz`,
      env: { HOTPATH_HOME: home, ...env },
      ...flags(more),
    });
    const stop = async (): Promise<void> => {
      await process.stop();
      await forget();
    };
    return { process, port, headers: authorization, stop };
  } catch (error) {
    await forget();
    throw error;
  }
};

/** The built command with nothing but a key and an address of OpenAI. */
export const hotpath = (command: string): GatewayKind => ({
  name: 'hotpath',
  prepare: async () => requireCommand(command),
  start: ({ upstreamPort, ...more }) =>
    startHotpath({
      command,
      env: { OPENAI_API_KEY: 'x', OPENAI_BASE_URL: `http://127.0.0.1:${upstreamPort}/v1` },
      ...more,
    }),
});
