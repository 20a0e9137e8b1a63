import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
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
const flags = (nodeFlags: readonly string[] | undefined) => (nodeFlags === undefined ? {} : { nodeFlags });

/** No gateway: the upstream itself, on the core where the gateways run. */
export const direct: GatewayKind = {
  name: 'direct',
  prepare: async () => {},
  start: async ({ core, nodeFlags }) => {
    const port = await freePort();
    const process = await launch({
      name: 'direct',
      args: [here('./upstream.ts'), '--port', String(port)],
      core,
      readyUrl: `http://127.0.0.1:${port}/`,
      ...flags(nodeFlags),
    });
    return { process, port, headers: authorization, stop: process.stop };
  },
};

export const floor: GatewayKind = {
  name: 'floor',
  prepare: async () => {},
  start: async ({ upstreamPort, core, nodeFlags }) => {
    const port = await freePort();
    const process = await launch({
      name: 'floor',
      args: [here('./floor.ts'), '--port', String(port), '--upstream', `http://127.0.0.1:${upstreamPort}`],
      core,
      readyUrl: `http://127.0.0.1:${port}/`,
      ...flags(nodeFlags),
    });
    return { process, port, headers: authorization, stop: process.stop };
  },
};

export const portkey: GatewayKind = {
  name: 'portkey',
  prepare: async () => {
    await installPortkey();
  },
  start: async ({ upstreamPort, core, nodeFlags }) => {
    const port = await freePort();
    const process = await launch({
      name: 'portkey',
      args: [await installPortkey(), '--headless', `--port=${port}`],
      core,
      readyUrl: `http://127.0.0.1:${port}/`,
      env: { NODE_ENV: 'production' },
      ...flags(nodeFlags),
    });
    const headers = {
      ...authorization,
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `http://127.0.0.1:${upstreamPort}/v1`,
    };
    return { process, port, headers, stop: process.stop };
  },
};

/** The built command as a user starts it, with a state folder of its own. */
export const hotpath = (command: string): GatewayKind => ({
  name: 'hotpath',
  prepare: async () => {
    if (!existsSync(command))
      throw new Error('The command is not built: run "npm run build" first, or leave hotpath out with --sides.');
  },
  start: async ({ upstreamPort, core, nodeFlags }) => {
    const port = await freePort();
    const home = await mkdtemp(join(tmpdir(), 'hotpath-bench-'));
    const forget = () => rm(home, { recursive: true, force: true });
    try {
      const process = await launch({
        name: 'hotpath',
        args: [command, 'serve', '--port', String(port)],
        core,
        readyUrl: `http://127.0.0.1:${port}/healthz`,
        env: { HOTPATH_HOME: home, OPENAI_API_KEY: 'x', OPENAI_BASE_URL: `http://127.0.0.1:${upstreamPort}/v1` },
        ...flags(nodeFlags),
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
  },
});
