import { expect, it } from 'vitest';
import { definePlugin } from '../src/index.ts';
import { testPlugin } from '../src/testing.ts';

const manifest = { name: 'acme', version: '1.0.0', contributes: { commands: [{ name: 'greet' }] } };

it('activates a plugin in memory and hands out what it contributes', async () => {
  const said: string[] = [];
  const plugin = definePlugin<{ readonly greeting: string }>({
    activate: ({ greeting, name, signal }) => {
      signal.addEventListener('abort', () => said.push('aborted'));
      return { commands: { greet: () => `${greeting} from ${name}` } };
    },
    deactivate: async () => {
      said.push('deactivated');
      return undefined;
    },
  });
  const tested = await testPlugin(plugin, { manifest, context: { greeting: 'hello' } });
  const { greet } = tested.contributions.commands ?? {};
  expect((greet as () => string)()).toBe('hello from acme');
  await tested.deactivate();
  await tested.deactivate();
  expect(said).toEqual(['aborted', 'deactivated']);
});

it('holds it against its manifest as the host would', async () => {
  const plugin = definePlugin({ activate: () => ({ commands: { greet: () => {}, other: () => {} } }) });
  await expect(testPlugin(plugin, { manifest })).rejects.toMatchObject({ code: 'PLUGIN_CONTRIBUTION_INVALID' });
  await expect(testPlugin(plugin, { manifest: { name: 'acme' } })).rejects.toMatchObject({
    code: 'PLUGIN_MANIFEST_INVALID',
  });
  expect((await testPlugin(plugin)).contributions).toHaveProperty('commands.other');
});

it.each(['throws', 'contributes what it must not'])(
  'tells one that cannot be used so by its signal: it %s',
  async (how) => {
    let signal: AbortSignal | undefined;
    const plugin = definePlugin({
      activate: (context) => {
        signal = context.signal;
        if (how === 'throws') throw new Error('no');
        return { commands: { other: () => {} } };
      },
    });
    await expect(testPlugin(plugin, { manifest })).rejects.toThrow();
    expect(signal?.aborted).toBe(true);
  },
);
