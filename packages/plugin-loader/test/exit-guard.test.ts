import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPluginHost, folderSource, type PluginHost } from '../src/index.ts';
import { until } from './support/clock.ts';
import { type PluginFolder, pluginFolder } from './support/plugins.ts';

let folder: PluginFolder;
let host: PluginHost;

const start = (): PluginHost => {
  host = createPluginHost({ sources: [folderSource(folder.path)], hostVersion: '1.0.0' });
  return host;
};

beforeEach(() => {
  folder = pluginFolder();
});
afterEach(() => host.deactivate());

const activating = (body: string): string => `export default { async activate() { ${body} } };`;

describe('process.exit', () => {
  it('is everybody else’s own while plugins are loaded, and as it was afterwards', async () => {
    const exit = process.exit;
    const real = vi.fn();
    process.exit = real as unknown as typeof process.exit;
    try {
      folder.add('loading', { manifest: { core: true }, code: activating('await globalThis.gate;') });
      let open = (): void => {};
      (globalThis as { gate?: Promise<void> }).gate = new Promise((resolve) => {
        open = resolve;
      });
      const booting = start().boot();
      await until(() => process.exit !== (real as unknown));
      process.exit(7);
      expect(real.mock.calls).toEqual([[7]]);
      open();
      await booting;
      expect(process.exit).toBe(real);
    } finally {
      process.exit = exit;
    }
  });

  it('reaches whoever put their own in its place while a plugin was loaded, also once others were loaded after it', async () => {
    const exit = process.exit;
    const real = vi.fn();
    process.exit = real as unknown as typeof process.exit;
    try {
      folder.add('wraps', {
        code: activating(
          'const { exit } = process; globalThis.wrapped = 0; process.exit = (code) => { globalThis.wrapped++; return exit(code); };',
        ),
      });
      folder.add('next', { code: activating('') });
      folder.add('exits', { code: activating('process.exit(3);') });
      await start().load('wraps');
      await host.load('next');
      await expect(host.load('exits')).rejects.toMatchObject({ code: 'PLUGIN_EXITED' });
      process.exit(7);
      expect(real.mock.calls).toEqual([[7]]);
      expect((globalThis as { wrapped?: number }).wrapped).toBe(1);
    } finally {
      process.exit = exit;
    }
  });

  it('works for a command that a plugin contributed', async () => {
    const exit = process.exit;
    const real = vi.fn();
    process.exit = real as unknown as typeof process.exit;
    try {
      const contributes = { commands: [{ name: 'quit' }] };
      folder.add('quits', {
        manifest: { contributes },
        code: activating('return { commands: { quit: () => process.exit(4) } };'),
      });
      const quit = (await start().resolve('commands', 'quit')) as () => void;
      quit();
      expect(real.mock.calls).toEqual([[4]]);
    } finally {
      process.exit = exit;
    }
  });
});
