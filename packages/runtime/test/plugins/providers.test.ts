import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { planHotpath } from '../../src/compose.ts';
import { describeConfig } from '../../src/describe.ts';
import { echoProvider, machineForEach } from './support.ts';

const machine = machineForEach();
const echo = { contributes: { providers: [{ name: 'echo' }] } };
const loads = (): number => (globalThis as { hotpathEchoLoads?: number }).hotpathEchoLoads ?? 0;

beforeEach(() => {
  delete (globalThis as { hotpathEchoLoads?: number }).hotpathEchoLoads;
});

describe('a provider of a plugin', () => {
  it('answers under its own name without a word in the configuration, loaded by the first question', async () => {
    machine.plugin('acme', echo, echoProvider('echo'));
    const { router, providers, simulated } = await machine.start();
    expect(providers).toEqual([{ id: 'echo', type: 'plugin', source: 'the plugin acme', hasKey: false }]);
    expect(simulated).toBe(false);
    expect(loads()).toBe(0);
    const answers = await Promise.all(['one', 'two'].map((prompt) => router.query({ model: 'echo/echo-1', prompt })));
    expect(answers.map(({ text }) => text)).toEqual(['nothing', 'nothing']);
    expect(loads()).toBe(1);
    expect((await router.models()).models.map(({ id }) => id)).toEqual(['echo/echo-1']);
  });

  it('is a function of text, made a provider by what the plugin is handed', async () => {
    machine.plugin(
      'acme',
      { contributes: { providers: [{ name: 'short' }] } },
      `export default { activate: () => ({ providers: { short: ({ id, settings, textProvider }) => textProvider({
        id,
        models: ['one'],
        async *answer({ messages }) { yield settings.word ?? 'You said '; yield messages.at(-1).text; },
      }) } }) };`,
    );
    const { router } = await machine.start();
    expect(await router.query({ model: 'short/one', prompt: 'Hi' })).toMatchObject({ text: 'You said Hi' });
    await expect(router.query({ model: 'short/two', prompt: 'Hi' })).rejects.toThrow(/short has no model "two"/);
  });

  it('has another id and settings where the configuration says so', async () => {
    machine.plugin('acme', echo, echoProvider('echo'));
    const { router, providers } = await machine.start({
      providers: {
        loud: { type: 'plugin', name: 'echo', settings: { word: 'LOUD' } },
        soft: { type: 'plugin', name: 'echo', settings: { word: 'soft' } },
      },
    });
    expect(providers.map(({ id }) => id)).toEqual(['loud', 'soft']);
    // The same question: they are told apart in the cache as well.
    for (const [id, word] of [
      ['loud', 'LOUD'],
      ['soft', 'soft'],
    ] as const)
      expect((await router.query({ model: `${id}/echo-1`, prompt: 'Hi' })).text).toBe(word);
  });

  it('leaves the id of an environment that has it to that, and those that are built in to none', async () => {
    const contributes = { providers: ['sim', 'openai', 'ollama', 'echo'].map((name) => ({ name })) };
    machine.plugin('acme', { contributes }, echoProvider('echo'));
    const { providers, warnings, plugins } = await machine.start({
      providers: { other: { type: 'plugin', name: 'sim' } },
    });
    expect(providers.map(({ id }) => id)).toEqual(['echo', 'other']);
    expect(
      warnings.filter(({ code }) => code === 'PLUGIN_CONTRIBUTION_CONFLICT').map(({ message }) => message),
    ).toEqual(
      ['sim', 'openai', 'ollama'].map((name) => expect.stringContaining(`providers ${name} of acme is not used`)),
    );
    await expect(plugins.resolve('providers', 'sim')).rejects.toMatchObject({ code: 'PLUGIN_CONTRIBUTION_CONFLICT' });
  });

  it('cannot be in a worker, which its list and its use say', async () => {
    machine.plugin('acme', { worker: true, ...echo }, echoProvider('echo'));
    const { router, providers, warnings } = await machine.start({ providers: { echo: { type: 'plugin' } } });
    const words = /providers echo of acme is not used: .* worker.*Take "worker" out of .*plugin\.json/;
    expect(providers.map(({ id }) => id)).toEqual(['echo']);
    expect(warnings).toContainEqual({ code: 'PLUGIN_CONTRIBUTION_INVALID', message: expect.stringMatching(words) });
    await expect(router.query({ model: 'echo/echo-1', prompt: 'Hi' })).rejects.toThrow(words);
  });

  it('that throws when it is loaded fails the question, and says which plugin and why', async () => {
    machine.plugin('broken', echo, 'throw new Error("no such database")');
    const { router } = await machine.start();
    const question = router.query({ model: 'echo/echo-1', prompt: 'Hi' });
    await expect(question).rejects.toMatchObject({ message: expect.stringMatching(/broken.*no such database/s) });
  });

  it('that throws when it is asked fails the question, not the process', async () => {
    machine.plugin('rude', echo, echoProvider('echo').replace('send(call, receiver) {', '$& throw new Error("rude");'));
    const { router } = await machine.start();
    await expect(router.query({ model: 'echo/echo-1', prompt: 'Hi' })).rejects.toMatchObject({
      message: expect.stringContaining('rude'),
    });
  });

  it('must speak what its manifest declares', async () => {
    machine.plugin(
      'wrong',
      { contributes: { providers: [{ name: 'echo', protocols: ['anthropic-messages'] }] } },
      echoProvider('echo'),
    );
    const { router } = await machine.start();
    await expect(router.query({ model: 'echo/echo-1', prompt: 'Hi' })).rejects.toMatchObject({
      message: expect.stringContaining('its manifest declares anthropic-messages'),
    });
  });

  it.each<[what: string, made: string, words: RegExp]>([
    ['nothing', 'undefined', /is undefined, and no provider/],
    ['half of one', '{ id, async close() {} }', /has no "protocols" out of .*no function "models", no function "send"/],
    ['one of unknown protocols', '{ ...whole, protocols: ["gopher"] }', /has no "protocols" out of openai-chat/],
    ['one without a close', '{ ...whole, close: undefined }', /has no function "close"/],
  ])('is named with what it lacks where its function returns %s, and closing goes well', async (_, made, words) => {
    const whole = `{ id, protocols: ['openai-chat'], models: async () => [], send() {}, async close() {} }`;
    const code = `({ id }) => { const whole = ${whole}; return ${made}; }`;
    machine.plugin('acme', echo, `export default { activate: () => ({ providers: { echo: ${code} } }) };`);
    const hotpath = await machine.start();
    const { failures } = await hotpath.router.models();
    expect(failures).toHaveLength(1);
    expect(failures[0]?.error.message).toMatch(/The provider "echo" of the plugin acme/);
    expect(failures[0]?.error.message).toMatch(words);
    await hotpath.close();
  });

  it('that cannot be used is closed at once, not kept', async () => {
    machine.plugin(
      'wrong',
      { contributes: { providers: [{ name: 'echo', protocols: ['anthropic-messages'] }] } },
      echoProvider('echo').replace(
        'async close() {}',
        'async close() { globalThis.hotpathCloses = (globalThis.hotpathCloses ?? 0) + 1; }',
      ),
    );
    const closes = globalThis as { hotpathCloses?: number };
    delete closes.hotpathCloses;
    const hotpath = await machine.start();
    for (let time = 1; time <= 2; time += 1) {
      await expect(hotpath.router.query({ model: 'echo/echo-1', prompt: 'Hi' })).rejects.toThrow('speaks openai-chat');
      expect(closes.hotpathCloses).toBeGreaterThanOrEqual(time);
    }
    const atOnce = closes.hotpathCloses;
    await hotpath.close();
    expect(closes.hotpathCloses).toBe(atOnce);
  });

  it('that is not made in time fails the question, and is closed when it comes after all', async () => {
    machine.plugin(
      'slow',
      echo,
      `export default { activate: () => ({ providers: { echo: () => new Promise((resolve) => {
        globalThis.hotpathMake = () => resolve({ close() { globalThis.hotpathClosed(); } });
      }) } }) };`,
    );
    const { router } = await machine.start({ plugins: { timeouts: { activationMs: 200 } } });
    await expect(router.query({ model: 'echo/echo-1', prompt: 'Hi' })).rejects.toThrow(
      /"echo" of the plugin slow took longer than 200 ms to be made/,
    );
    const later = globalThis as { hotpathMake?: () => void; hotpathClosed?: () => void };
    const closed = new Promise<void>((resolve) => {
      later.hotpathClosed = resolve;
    });
    later.hotpathMake?.();
    await closed;
  });

  it('is a warning where no plugin has it', async () => {
    const { warnings } = await machine.start({ providers: { lost: { type: 'plugin', name: 'nowhere' } } });
    expect(warnings).toMatchObject([
      { code: 'PLUGIN_CONTRIBUTION_UNKNOWN', message: expect.stringContaining('providers.lost') },
    ]);
  });

  it('takes new code after a reload, and calls under way keep the old', async () => {
    const folder = machine.plugin('acme', echo, echoProvider('echo', '"old"'));
    const { router, plugins } = await machine.start({ cache: { enabled: false } });
    // The same question would be given the answer that is under way.
    const ask = async (prompt = 'Hi') => (await router.query({ model: 'echo/echo-1', prompt })).text;
    expect(await ask()).toBe('old');
    const underWay = ask('Ho');
    machine.plugin('acme', echo, echoProvider('echo', '"new"'), join(folder, '..'));
    await (await plugins.host()).reload('acme');
    expect(await ask()).toBe('new');
    expect(await underWay).toBe('old');
  });

  it('shows nothing of its settings', async () => {
    machine.plugin('acme', echo, echoProvider('echo'));
    const { config } = await planHotpath(
      {
        providers: { own: { type: 'plugin', name: 'echo', settings: { token: 'secret' } } },
        plugins: { settings: { acme: { token: 'secret' } } },
        cache: { store: { name: 'x', settings: { token: 'secret' } } },
      },
      { folder: machine.root, environment: { HOTPATH_HOME: join(machine.root, 'home'), OLLAMA_HOST: '127.0.0.1:1' } },
    );
    const shown = JSON.stringify(describeConfig(config));
    expect(shown).toContain('"token":"***"');
    expect(shown).not.toContain('secret');
  });
});
