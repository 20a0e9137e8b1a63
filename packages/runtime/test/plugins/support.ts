import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { createHotpath, type HotpathOptions } from '../../src/compose.ts';
import type { HotpathConfig } from '../../src/config.ts';
import type { Hotpath } from '../../src/hotpath.ts';

export interface Machine {
  readonly root: string;
  /** Puts a plugin into a folder of plugins, the project's unless told otherwise. */
  plugin(name: string, manifest: object, code: string, folder?: string): string;
  start(config?: HotpathConfig, options?: HotpathOptions): Promise<Hotpath>;
}

/** A machine of its own for each test, where no provider is set up. */
export const machineForEach = (): Machine => {
  let root = '';
  const open: Hotpath[] = [];
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'hotpath-plugins-'));
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((hotpath) => hotpath.close()));
    rmSync(root, { recursive: true, force: true });
  });
  return {
    get root() {
      return root;
    },
    plugin(name, manifest, code, folder = join(root, '.hotpath', 'plugins')) {
      const path = join(folder, name.replace('/', '+'));
      mkdirSync(path, { recursive: true });
      writeFileSync(
        join(path, 'plugin.json'),
        JSON.stringify({ name, version: '1.0.0', main: './index.mjs', ...manifest }),
      );
      writeFileSync(join(path, 'index.mjs'), code);
      return path;
    },
    async start(config, options = {}) {
      const hotpath = await createHotpath(
        { detect: { ollama: false }, ...config },
        {
          folder: root,
          environment: { HOTPATH_HOME: join(root, 'home'), OLLAMA_HOST: '127.0.0.1:1' },
          ...options,
        },
      );
      open.push(hotpath);
      return hotpath;
    },
  };
};

/** The code of a plugin whose provider says its settings, or what was asked; `loaded` counts in a global. */
export const echoProvider = (name: string, answer = 'settings.word ?? "nothing"'): string => `
globalThis.hotpathEchoLoads = (globalThis.hotpathEchoLoads ?? 0) + 1;
export default {
  activate: (context) => ({
    providers: {
      ${JSON.stringify(name)}: ({ id, settings }) => ({
        id,
        protocols: ['openai-chat'],
        models: async () => ['echo-1'],
        send(call, receiver) {
          const timer = setTimeout(() => {
            const content = String(${answer});
            const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
            const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }];
            receiver.onHead(200, { 'content-type': 'application/json' });
            receiver.onData(Buffer.from(JSON.stringify({ id: 'x', object: 'chat.completion', created: 1, model: 'echo-1', choices, usage })));
            receiver.onEnd();
          });
          return { pause() {}, resume() {}, abort: () => clearTimeout(timer) };
        },
        async close() {},
      }),
    },
  }),
};
`;
