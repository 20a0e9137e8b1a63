import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeAtomically } from '../src/atomic-write.ts';
import { createPluginHost, folderSource, type PluginHostOptions } from '../src/index.ts';
import { buildOf } from '../src/plugin-build.ts';
import { startChild } from './support/child.ts';
import { pluginFolder } from './support/plugins.ts';

const world = () => {
  const folder = pluginFolder();
  const plugins = join(folder.path, 'plugins');
  const stateFile = join(folder.path, 'state', 'plugins.json');
  const add = (name: string, code?: string, manifest = {}) =>
    folder.add(`plugins/${name}`, { manifest: { name, core: true, ...manifest }, ...(code !== undefined && { code }) });
  const open = (options: Partial<PluginHostOptions> = {}) =>
    createPluginHost({ sources: [folderSource(plugins)], hostVersion: '1.0.0', stateFile, ...options });
  /** Boots in a process of its own. Resolves to its exit code. */
  const bootChild = (ending = '') => startChild('boot.ts', [plugins, stateFile, ending]);
  const codes = async (options: Partial<PluginHostOptions> = {}) => {
    await using host = open(options);
    const { problems } = await host.boot();
    return Object.fromEntries(problems.map(({ plugin, code }) => [plugin, code]));
  };
  const stateFiles = () => readdirSync(join(folder.path, 'state'));
  return { folder, stateFile, add, open, bootChild, codes, stateFiles };
};

const failing = 'export default { activate() { throw new Error("no"); } };';

describe('a plugin that fails', () => {
  it('three times in a row is skipped, with those that need it, until it is lifted', async () => {
    const { add, codes, open } = world();
    add('fails', failing);
    add('needs', undefined, { dependencies: { fails: '*' } });
    for (let time = 0; time < 3; time++) expect((await codes()).fails).toBe('PLUGIN_ACTIVATION_FAILED');
    expect(await codes()).toEqual({ fails: 'PLUGIN_QUARANTINED', needs: 'PLUGIN_DEPENDENCY_SKIPPED' });
    await using host = open();
    await host.discover();
    expect(host.plugins()[0]).toMatchObject({
      status: 'quarantined',
      trouble: { failures: 3, lastCode: 'PLUGIN_ACTIVATION_FAILED', quarantinedAt: expect.stringMatching(/Z$/) },
      error: { message: expect.stringContaining('it failed 3 times in a row, at last with PLUGIN_ACTIVATION_FAILED') },
    });
    await expect(host.load('fails')).rejects.toMatchObject({ code: 'PLUGIN_QUARANTINED' });
    expect(await host.lift('fails')).toBe(true);
    expect(await host.lift('fails')).toBe(false);
    await expect(host.load('fails')).rejects.toMatchObject({ code: 'PLUGIN_ACTIVATION_FAILED' });
  });

  it.each([
    ['succeeds', undefined, {}],
    ['is changed', `${failing} // changed`, {}],
    ['is another version', failing, { version: '1.0.1' }],
  ])('begins anew once it %s', async (_, changed, manifest) => {
    // Processes of their own: one process keeps what it has imported.
    const { add, bootChild } = world();
    const twice = async (): Promise<void> => {
      add('fails', failing);
      for (let time = 0; time < 2; time++) expect((await bootChild()).stdout).toBe('fails PLUGIN_ACTIVATION_FAILED\n');
    };
    await twice();
    add('fails', changed, manifest);
    await bootChild();
    await twice();
  });

  it('begins anew once any file of its folder is changed, and not because of what it writes there itself', async () => {
    const { add, bootChild, folder } = world();
    const at = join(folder.path, 'plugins', 'fails');
    add(
      'fails',
      `import { writeFileSync } from 'node:fs';
      writeFileSync(${JSON.stringify(join(at, 'log.txt'))}, String(Date.now()));
      ${failing.replace('throw', 'if (!text.ok) throw').replace('export', "import text from './data.json' with { type: 'json' }; export")}`,
    );
    folder.file('plugins/fails/data.json', '{}');
    for (let time = 0; time < 3; time++) expect((await bootChild()).stdout).toBe('fails PLUGIN_ACTIVATION_FAILED\n');
    expect((await bootChild()).stdout).toBe('fails PLUGIN_QUARANTINED\n');
    folder.file('plugins/fails/data.json', '{ "ok": true }');
    expect((await bootChild()).stdout).toBe('');
  });

  it('is held to the limits of the host', async () => {
    const { add, codes } = world();
    add('fails', failing);
    const options = { quarantine: { failures: 1 } };
    await codes(options);
    expect(await codes(options)).toEqual({ fails: 'PLUGIN_QUARANTINED' });
  });
});

const crashes: Readonly<Record<string, string>> = {
  'is killed': 'process.kill(process.pid, "SIGKILL"); await new Promise(() => {});',
  aborts: 'process.abort();',
  'throws from a timer':
    'setTimeout(() => { throw new Error("late"); }, 1); await new Promise((go) => setTimeout(go, 50));',
};

describe('a plugin because of which the process dies', () => {
  it.each(Object.keys(crashes))('is found out and skipped: %s', async (how) => {
    const { add, bootChild, codes } = world();
    add('deadly', crashes[how]);
    for (const name of ['good-1', 'good-2', 'good-3']) add(name);
    let starts = 0;
    // With others under way the first time, then alone, twice.
    for (; starts < 6; starts++) if ((await bootChild()).code === 0) break;
    expect(starts).toBeGreaterThanOrEqual(2);
    expect(starts).toBeLessThanOrEqual(3);
    expect(await codes()).toEqual({ deadly: 'PLUGIN_QUARANTINED' });
  });

  it('begins anew once it is mended', async () => {
    const { add, bootChild, codes } = world();
    add('deadly', crashes['is killed']);
    await bootChild();
    await bootChild();
    expect(await codes()).toEqual({ deadly: 'PLUGIN_QUARANTINED' });
    add('deadly');
    expect(await codes()).toEqual({});
  });

  it('is told from the others that were being loaded at the time', async () => {
    const { add, bootChild, stateFile } = world();
    const waits = 'await new Promise((go) => setTimeout(go, 200)); export default { activate() {} };';
    add('deadly', `await new Promise((go) => setTimeout(go, 50)); ${crashes['is killed']}`);
    add('waits', waits);
    await bootChild();
    await bootChild();
    const { plugins } = JSON.parse(readFileSync(stateFile, 'utf8')) as { plugins: Record<string, { crashes: number }> };
    expect(plugins.deadly).toMatchObject({ crashes: 0, isSuspect: true });
    await bootChild();
    expect((await bootChild()).code).toBe(0);
    const after = JSON.parse(readFileSync(stateFile, 'utf8')) as { plugins: Record<string, { crashes: number }> };
    expect(after.plugins).toMatchObject({ deadly: { crashes: 2 } });
    expect(after.plugins.waits).toBeUndefined();
  });
});

describe('the journal of a process that died', () => {
  it('counts once, also where its number is that of this process, and not while its process lives', async () => {
    const { add, folder, stateFile } = world();
    add('deadly');
    let build = '';
    const trouble = async (): Promise<unknown> => {
      await using host = createPluginHost({
        sources: [folderSource(join(folder.path, 'plugins'))],
        hostVersion: '1.0.0',
        stateFile,
      });
      await host.discover();
      const [plugin] = host.plugins();
      if (plugin !== undefined) build = buildOf(plugin).code;
      return plugin?.trouble?.crashes;
    };
    const journal = (pid: number): string =>
      folder.file(
        `state/plugins.json.loading.${pid}.x`,
        `+before 1\n!\n+other 1\n+deadly ${build}\n-other\n+cut short`,
      );
    journal(process.ppid);
    expect(await trouble()).toBeUndefined();
    journal(process.pid);
    expect(await trouble()).toBe(1);
    expect(await trouble()).toBe(1);
    journal(2 ** 22 + 1);
    expect(await trouble()).toBe(2);
  });
});

describe('a process that ends in order', () => {
  it('blames nobody, also in the middle of a boot', async () => {
    const { add, bootChild, codes, stateFiles } = world();
    add('slow', 'await new Promise((go) => setTimeout(go, 5_000)); export default { activate() {} };');
    for (let time = 0; time < 3; time++) expect((await bootChild('exit')).code).toBe(5);
    expect(stateFiles()).toEqual([]);
    add('slow');
    expect(await codes()).toEqual({});
  });

  it('leaves no journal behind', async () => {
    const { add, codes, stateFiles, folder } = world();
    add('good');
    folder.file('state/other.json', '');
    await codes();
    expect(stateFiles()).toEqual(['other.json']);
  });
});

describe('a process that is ended by a signal while it loads a plugin', () => {
  const killed = (signal: string): string =>
    `process.kill(process.pid, '${signal}'); await new Promise((go) => setTimeout(go, 5_000)); export default { activate() {} };`;

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('ends by it, and blames nobody: %s', async (signal) => {
    const { add, bootChild, codes, stateFile } = world();
    add('slow', killed(signal));
    for (let time = 0; time < 2; time++) expect(await bootChild()).toMatchObject({ code: null, signal });
    add('slow');
    expect(await codes()).toEqual({});
    expect(existsSync(stateFile)).toBe(false);
  });

  it('ends as its host wants where that listens', async () => {
    const { add, bootChild } = world();
    add('slow', killed('SIGTERM'));
    expect(await bootChild('listens')).toMatchObject({ code: 7, stdout: 'mine, of 1\n' });
  });

  it('listens only while something is being loaded', async () => {
    const { add, open } = world();
    const before = process.listenerCount('SIGINT');
    add('looks', `globalThis.during = process.listenerCount('SIGINT'); export default { activate() {} };`);
    await using host = open();
    await host.boot();
    expect((globalThis as { during?: number }).during).toBe(before + 1);
    expect(process.listenerCount('SIGINT')).toBe(before);
  });
});

describe('the state file', () => {
  it('is nobody else’s to read, nor its folder', async () => {
    const { add, codes, folder, stateFile } = world();
    add('fails', failing);
    await codes();
    // As the index is.
    await writeAtomically(join(folder.path, 'cache', 'plugins.index'), '');
    const modes = [
      stateFile,
      join(folder.path, 'state'),
      join(folder.path, 'cache'),
      join(folder.path, 'cache', 'plugins.index'),
    ];
    expect(modes.map((path) => (statSync(path).mode & 0o777).toString(8))).toEqual(['600', '700', '700', '600']);
  });

  it('that is damaged counts as empty, and one that cannot be written is reported once', async () => {
    const { add, codes, folder, stateFile } = world();
    add('fails', failing);
    folder.file('state/plugins.json', '{"plugins":{"fails":{"crashes":"many"}');
    expect(await codes()).toEqual({ fails: 'PLUGIN_ACTIVATION_FAILED' });
    expect(JSON.parse(readFileSync(stateFile, 'utf8'))).toMatchObject({ plugins: { fails: { failures: 1 } } });
    writeFileSync(join(folder.path, 'a-file'), '');
    await using host = createPluginHost({
      sources: [folderSource(join(folder.path, 'plugins'))],
      hostVersion: '1.0.0',
      stateFile: join(folder.path, 'a-file', 'plugins.json'),
    });
    const { problems } = await host.boot();
    expect(problems.filter(({ code }) => code === 'PLUGIN_FILE_UNWRITABLE').length).toBeGreaterThan(0);
    expect(problems.map(({ code }) => code)).toContain('PLUGIN_ACTIVATION_FAILED');
  });
});
