import { mkdtempSync, renameSync, rmSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Plan, planHotpath } from '../src/compose.ts';
import { type ConfigReloadEvent, channels } from '../src/events.ts';
import { isForNextStart } from '../src/restart-settings.ts';
import { type ConfigWatch, type ConfigWatchOptions, watchConfig } from '../src/watch-config.ts';

const environment = { HOTPATH_HOME: '/nowhere', SECRET_KEY: 'sk-this-is-secret-0123456789' };
const detect = { environment: false, ollama: false };

let folder: string;
let watch: ConfigWatch | undefined;
let events: ConfigReloadEvent[] = [];
let onEvent: (() => void) | undefined;

const listen = (message: unknown): void => {
  events.push(message as ConfigReloadEvent);
  onEvent?.();
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hotpath-reload-'));
  events = [];
  channels.configReload.subscribe(listen);
});
afterEach(async () => {
  await watch?.close();
  channels.configReload.unsubscribe(listen);
  rmSync(folder, { recursive: true, force: true });
});

const write = (name: string, config: unknown): string => {
  const file = join(folder, name);
  writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config));
  return file;
};

const withModel = (model: string, more: object = {}) => ({ detect, defaultModel: model, ...more });

/** Does something and resolves to the reload that follows. */
const reloadAfter = async (work: () => unknown): Promise<ConfigReloadEvent> => {
  const heard = new Promise<void>((resolve) => {
    onEvent = resolve;
  });
  work();
  await heard;
  return events.at(-1) as ConfigReloadEvent;
};

const start = async (configFile: string | undefined, options: Partial<ConfigWatchOptions> = {}) => {
  const applied: Plan[] = [];
  const load: ConfigWatchOptions['load'] = (file) =>
    planHotpath(undefined, { configFile: file, folder, environment: { ...environment, HOTPATH_HOME: folder } });
  const readAt = Date.now();
  const plan = await load(configFile, () => Promise.reject(new Error('not a module')));
  watch = await watchConfig({
    plan,
    readAt,
    load,
    async apply(next) {
      applied.push(next);
    },
    settleMs: 5,
    pollMs: 20,
    ...options,
  });
  return { watch, applied, models: () => applied.map(({ config }) => config.defaultModel) };
};

describe('a changed file', () => {
  it('is put in place, whole and once', async () => {
    const file = write('hotpath.config.json', withModel('sim/a'));
    const { applied } = await start(file);
    const event = await reloadAfter(() =>
      write('hotpath.config.json', withModel('sim/b', { aliases: { x: 'sim/c' } })),
    );
    expect(event).toMatchObject({ cause: 'file', outcome: 'applied', file, needsRestart: [] });
    expect(applied).toHaveLength(1);
    expect(applied[0]?.config).toMatchObject({ defaultModel: 'sim/b', aliases: { x: 'sim/c' } });
  });

  it('tells the warnings that are new', async () => {
    const providers = { openai: {} };
    const file = write('hotpath.config.json', withModel('sim/a'));
    await start(file);
    const event = await reloadAfter(() => write('hotpath.config.json', withModel('sim/b', { providers })));
    expect(event.warnings).toMatchObject([{ code: 'PROVIDER_KEY_MISSING' }]);
    const next = await reloadAfter(() => write('hotpath.config.json', withModel('sim/c', { providers })));
    expect(next).toMatchObject({ outcome: 'applied', warnings: [] });
  });

  it('that says the same changes nothing', async () => {
    const file = write('hotpath.config.json', withModel('sim/a'));
    const { applied } = await start(file);
    expect((await reloadAfter(() => utimesSync(file, 1, 1))).outcome).toBe('unchanged');
    expect(
      (await reloadAfter(() => write('hotpath.config.json', ` ${JSON.stringify(withModel('sim/a'))}`))).outcome,
    ).toBe('unchanged');
    expect(applied).toEqual([]);
  });

  it.each([
    ['telemetry.content.enabled', true],
    ['alerts.rules', true],
    ['server', true],
    ['batches.keepMs', true],
    ['server.shutdownGraceMs', false],
    ['cache.ttlMs', false],
  ])('knows of %s before it is changed whether it takes a start', (path, isSo) => {
    expect(isForNextStart(path)).toBe(isSo);
  });

  it('names what takes effect with the next start only, until it is taken back', async () => {
    const server = { host: '127.0.0.1', port: 4000, bodyLimitBytes: 2048 };
    const file = write('hotpath.config.json', withModel('sim/a', { server }));
    const { models } = await start(file);
    const changed = {
      server: { host: '0.0.0.0', port: 4100, allowedHosts: ['AI.example.com'], bodyLimitBytes: 4096 },
      cache: { scope: 'shared' },
      batches: { concurrency: 9 },
    };
    const needsRestart = [
      'server.host',
      'server.port',
      'server.allowedHosts',
      'server.bodyLimitBytes',
      'cache.scope',
      'batches.concurrency',
    ];
    const event = await reloadAfter(() => write('hotpath.config.json', withModel('sim/b', changed)));
    expect(event).toMatchObject({ outcome: 'applied', needsRestart });
    // It is still not in effect, though the file has not changed in this.
    expect(await reloadAfter(() => write('hotpath.config.json', withModel('sim/c', changed)))).toMatchObject({
      needsRestart,
    });
    expect(await reloadAfter(() => write('hotpath.config.json', withModel('sim/c', { server })))).toMatchObject({
      needsRestart: [],
    });
    expect(models()).toEqual(['sim/b', 'sim/c', 'sim/c']);
  });
});

describe('a bad file', () => {
  it('leaves what is in use, and is explained as "hotpath config check" does', async () => {
    const file = write('hotpath.config.json', withModel('sim/a'));
    const { applied, models } = await start(file);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference to a variable, as a file has it.
    const bad = { detect, cache: { ttlMs: 'soon' }, provider: {}, defaultModel: ['${SECRET_KEY}'] };
    const event = await reloadAfter(() => write('hotpath.config.json', bad));
    const checked = await planHotpath(undefined, { configFile: file, environment }).catch((error) => error);
    expect(event).toMatchObject({ outcome: 'rejected', file, warnings: [] });
    expect(event.error).toEqual({ code: checked.code, message: checked.message, problems: checked.problems });
    expect(event.error?.problems).toHaveLength(3);
    expect(JSON.stringify(event)).not.toContain(environment.SECRET_KEY);
    expect(applied).toEqual([]);
    await reloadAfter(() => write('hotpath.config.json', withModel('sim/b')));
    expect(models()).toEqual(['sim/b']);
  });

  it.each([
    ['is not JSON', 'hotpath.config.json', '{"defaultModel":', /not valid JSON at line 1/],
    ['is not YAML', 'hotpath.config.yaml', 'a: [', /not valid YAML at line/],
    ['is empty, as one that is being written', 'hotpath.config.yaml', '', /is empty\. Write it whole/],
  ])('is one that %s', async (_, name, text, message) => {
    const file = write(name, withModel('sim/a'));
    const { applied } = await start(file);
    const event = await reloadAfter(() => write(name, text));
    expect(event).toMatchObject({ outcome: 'rejected' });
    expect(event.error?.message).toMatch(message);
    expect(applied).toEqual([]);
  });

  it('is told once for each change', async () => {
    const file = write('hotpath.config.json', withModel('sim/a'));
    await start(file);
    await reloadAfter(() => write('hotpath.config.json', '{'));
    await reloadAfter(() => write('hotpath.config.json', withModel('sim/b')));
    expect(events.map(({ outcome }) => outcome)).toEqual(['rejected', 'applied']);
  });

  it('that vanishes leaves what is in use, and counts again when it is back', async () => {
    const file = write('hotpath.config.json', withModel('sim/a'));
    const { models } = await start(file);
    const gone = await reloadAfter(() => unlinkSync(file));
    expect(gone).toMatchObject({ outcome: 'rejected', error: { code: 'CONFIG_NOT_FOUND' } });
    expect(gone.error?.message).toBe(`${file} is gone. Put it back, or start again without it.`);
    expect((await reloadAfter(() => write('hotpath.config.json', withModel('sim/b')))).outcome).toBe('applied');
    expect(models()).toEqual(['sim/b']);
  });

  it('is also one that cannot be composed', async () => {
    const file = write('hotpath.config.json', withModel('sim/a'));
    let isBroken = true;
    const seen: (string | undefined)[] = [];
    await start(file, {
      async apply({ config }) {
        if (isBroken) throw Object.assign(new Error('There is no such provider.'), { code: 'ROUTER_REQUEST_INVALID' });
        seen.push(config.defaultModel);
      },
    });
    expect(await reloadAfter(() => write('hotpath.config.json', withModel('sim/b')))).toMatchObject({
      outcome: 'rejected',
      error: { code: 'ROUTER_REQUEST_INVALID', message: 'There is no such provider.', problems: [] },
    });
    isBroken = false;
    // What did not come into use is no news of old.
    expect(await watch?.reload()).toMatchObject({ cause: 'request', outcome: 'applied' });
    expect(seen).toEqual(['sim/b']);
  });
});

describe('reloads', () => {
  it('never overlap, and those asked for meanwhile are one, which sees the last file', async () => {
    const file = write('hotpath.config.json', withModel('sim/a'));
    const gate = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    let running = 0;
    let most = 0;
    const models: (string | undefined)[] = [];
    const { watch } = await start(file, {
      pollMs: 1_000_000,
      events: false,
      async apply({ config }) {
        running += 1;
        most = Math.max(most, running);
        entered.resolve();
        await gate.promise;
        models.push(config.defaultModel);
        running -= 1;
      },
    });
    write('hotpath.config.json', withModel('sim/b'));
    const first = watch.reload();
    await entered.promise;
    write('hotpath.config.json', withModel('sim/c'));
    const second = watch.reload();
    write('hotpath.config.json', withModel('sim/d'));
    const third = watch.reload();
    gate.resolve();
    await Promise.all([first, second, third]);
    expect(third).toBe(second);
    expect(models).toEqual(['sim/b', 'sim/d']);
    expect(most).toBe(1);
  });

  it('find a file where there was none', async () => {
    const { watch, models } = await start(undefined);
    expect((await watch.reload()).outcome).toBe('unchanged');
    const file = write('hotpath.config.json', withModel('sim/a'));
    expect(await watch.reload()).toMatchObject({ outcome: 'applied', file });
    // And it is followed from then on.
    await reloadAfter(() => write('hotpath.config.json', withModel('sim/b')));
    expect(models()).toEqual(['sim/a', 'sim/b']);
  });

  it('are over after the end', async () => {
    const file = write('hotpath.config.json', withModel('sim/a'));
    const { watch, applied } = await start(file);
    await watch.close();
    write('hotpath.config.json', withModel('sim/b'));
    await watch.reload();
    expect(events).toEqual([]);
    expect(applied).toEqual([]);
  });
});

describe('a configuration that is a module', () => {
  it('is followed with all that it imports', async () => {
    write('package.json', '{"type":"module"}');
    const file = write(
      'hotpath.config.ts',
      'import { model } from "./model.ts";\nexport default { detect: { environment: false, ollama: false }, defaultModel: model };',
    );
    write('model.ts', 'export const model = "sim/a";');
    const { watch, models } = await start(file, {
      load: async (_file, importModule) => {
        const { default: config } = await importModule(file);
        const own = { ...environment, HOTPATH_HOME: folder };
        return { ...(await planHotpath(config as object, { environment: own, folder })), configFile: file };
      },
    });
    // Its parts are known by now.
    expect((await watch.reload()).outcome).toBe('unchanged');
    await reloadAfter(() => write('model.ts', 'export const model = "sim/b";'));
    write('other.ts', 'export const model = "sim/c";');
    await reloadAfter(() =>
      write(
        'hotpath.config.ts',
        'import { model } from "./other.ts";\nexport default { detect: { environment: false, ollama: false }, defaultModel: model };',
      ),
    );
    // A file that is no part of it any more is not, and one that is new is.
    const temporary = write('other.ts~', 'export const model = "sim/d";');
    await reloadAfter(() => renameSync(temporary, join(folder, 'other.ts')));
    const broken = await reloadAfter(() => write('other.ts', 'export const model = ;'));
    expect(broken).toMatchObject({ outcome: 'rejected' });
    await reloadAfter(() => write('other.ts', 'export const model = "sim/e";'));
    expect(models()).toEqual(['sim/b', 'sim/c', 'sim/d', 'sim/e']);
  });
});
