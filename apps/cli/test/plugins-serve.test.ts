import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { heard, outcomeOf } from './built.ts';
import { contributing, type PluginMachine, pluginMachine } from './plugin-machine.ts';

let machine: PluginMachine;
beforeEach(() => {
  machine = pluginMachine({ cache: { enabled: false } });
});

const echo = { contributes: { providers: [{ name: 'echo' }] } };
const provider = (id: string, word: string): string => `${JSON.stringify(id)}: ({ id }) => ({
  id,
  protocols: ['openai-chat'],
  models: async () => ['echo-1'],
  send(call, receiver) {
    const message = { role: 'assistant', content: ${JSON.stringify(word)} };
    setTimeout(() => {
      receiver.onHead(200, { 'content-type': 'application/json' });
      receiver.onData(Buffer.from(JSON.stringify({ id: 'x', object: 'chat.completion', created: 1, model: 'echo-1', choices: [{ index: 0, message, finish_reason: 'stop' }] })));
      receiver.onEnd();
    });
    return { pause() {}, resume() {}, abort() {} };
  },
  async close() {},
})`;
const saying = (word: string, ...more: string[]): string =>
  contributing(`{ providers: { ${[provider('echo', word), ...more].join(', ')} } }`);

const serve = async (...args: string[]) => {
  const child = machine.start(['serve', '--port', '0', '--json', '--log-format', 'pretty', ...args]);
  const outcome = outcomeOf(child);
  const { url, models } = JSON.parse(await heard(child.stdout, /\n/));
  const answer = async (model = 'echo/echo-1'): Promise<string> => {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }] }),
    });
    const body = (await response.json()) as {
      choices?: [{ message: { content: string } }];
      error?: { message: string };
    };
    return body.choices?.[0].message.content ?? `error: ${body.error?.message}`;
  };
  const stop = async () => {
    child.kill('SIGTERM');
    return outcome;
  };
  return { child, models, answer, stop };
};

/** What a running gateway says on standard error after something was done. */
const toldAfter = (
  child: Awaited<ReturnType<typeof serve>>['child'],
  work: () => unknown,
  pattern: RegExp,
): Promise<string> => {
  const told = heard(child.stderr, pattern);
  work();
  return told;
};

describe('hotpath serve', () => {
  it('loads a linked plugin anew when its files change, and says so in one line', async () => {
    const folder = machine.plugin('acme', echo, saying('one'), join(machine.folder, 'work'));
    await machine.plugins('link', folder);
    const { child, answer, stop } = await serve();
    expect(await answer()).toBe('one');
    const write = (code: string) => () => writeFileSync(join(folder, 'index.mjs'), code);
    const told = await toldAfter(child, write(saying('two')), /\n/);
    expect(told).toMatch(/^Plugin acme reloaded in [\d.]+ m?s\.\n$/);
    expect(await answer()).toBe('two');
    const refused = await toldAfter(child, write('export default {'), /\n/);
    expect(refused).toMatch(/the changed plugin acme cannot be used: what is in use of it stays\. The import of/);
    expect(await answer()).toBe('two');
    await toldAfter(child, write(saying('three')), /reloaded/);
    expect(await answer()).toBe('three');
    const { code, stderr } = await stop();
    expect({ code, reloads: stderr.match(/reloaded in/g)?.length }).toEqual({ code: 0, reloads: 2 });
  });

  it('puts everything in place anew where a manifest contributes more than before', async () => {
    const work = join(machine.folder, 'work');
    await machine.plugins('link', machine.plugin('acme', echo, saying('one'), work));
    const { child, answer, stop } = await serve();
    expect(await answer('other/echo-1')).toMatch(/^error/);
    const both = { contributes: { providers: [{ name: 'echo' }, { name: 'other' }] } };
    const change = () => machine.plugin('acme', both, saying('two', provider('other', 'too')), work);
    await toldAfter(child, change, /Plugin acme reloaded/);
    expect([await answer('other/echo-1'), await answer()]).toEqual(['too', 'two']);
    expect((await stop()).code).toBe(0);
  });

  it('watches the plugins of the project with --watch-plugins alone', async () => {
    const folder = machine.plugin('acme', echo, saying('one'));
    const linked = machine.plugin('linked', {}, contributing('{}'), join(machine.folder, 'work'));
    await machine.plugins('link', linked);
    const write = (code: string) => () => writeFileSync(join(folder, 'index.mjs'), code);
    const first = await serve();
    expect(await first.answer()).toBe('one');
    write(saying('two'))();
    const touch = () => writeFileSync(join(linked, 'notes.txt'), 'changed');
    expect(await toldAfter(first.child, touch, /\n/)).toMatch(/^Plugin linked reloaded/);
    expect(await first.answer()).toBe('one');
    expect((await first.stop()).stderr).not.toContain('acme');
    const second = await serve('--watch-plugins');
    expect(await second.answer()).toBe('two');
    await toldAfter(second.child, write(saying('three')), /Plugin acme reloaded/);
    expect(await second.answer()).toBe('three');
    await second.stop();
  });

  it('writes reloads into a log of objects', async () => {
    const folder = machine.plugin('acme', echo, saying('one'), join(machine.folder, 'work'));
    await machine.plugins('link', folder);
    const { child, answer, stop } = await serve('--log-format', 'json', '--log-level', 'info');
    await answer();
    const change = () => writeFileSync(join(folder, 'index.mjs'), saying('two'));
    const told = await toldAfter(child, change, /plugin reloaded.*\n/);
    const lines = told
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.find(({ msg, message = msg }) => message === 'plugin reloaded')).toMatchObject({ plugin: 'acme' });
    await stop();
  });

  it('wakes plugins that wait for it, and goes on without one that fails', async () => {
    const woken = join(machine.folder, 'woken');
    const waking = `import { appendFileSync } from 'node:fs';
      export default { activate() { appendFileSync(${JSON.stringify(woken)}, 'on\\n'); } };`;
    machine.plugin('waits', { activates: ['event:serve'] }, waking);
    machine.plugin('fails', { activates: ['event:serve'] }, 'throw new Error("not today");');
    machine.plugin('other', { activates: ['event:elsewhere'] }, waking);
    const child = machine.start(['serve', '--port', '0', '--json']);
    const outcome = outcomeOf(child);
    const ready = heard(child.stdout, /\n/);
    expect(await heard(child.stderr, /not today/)).toContain('The import of the plugin fails failed');
    await ready;
    child.kill('SIGTERM');
    expect((await outcome).code).toBe(0);
    expect(readFileSync(woken, 'utf8')).toBe('on\n');
  });

  it('wakes nobody who does not wait', async () => {
    const loaded = join(machine.folder, 'loaded');
    machine.plugin(
      'lazy',
      echo,
      `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(loaded)}, '');\n${saying('one')}`,
    );
    const { models, stop } = await serve();
    expect(models).toContain('echo/echo-1');
    await stop();
    expect(existsSync(loaded)).toBe(true);
  });
});
