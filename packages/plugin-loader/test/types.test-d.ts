import { expectTypeOf, test } from 'vitest';
import {
  type Contributions,
  type ContributionTypes,
  createPluginHost,
  definePlugin,
  folderSource,
} from '../src/index.ts';

interface Command {
  run(args: readonly string[]): Promise<number>;
}
interface Types extends ContributionTypes {
  readonly commands: Command;
}
interface Context {
  readonly settings: Readonly<Record<string, string>>;
}

test('a plugin knows its host and what it must contribute', () => {
  definePlugin<Context, Types>({
    activate: ({ settings, folder, signal }) => {
      expectTypeOf(settings.any).toEqualTypeOf<string | undefined>();
      expectTypeOf(folder).toEqualTypeOf<string>();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      return { commands: { deploy: { run: async () => 0 } } };
    },
  });
  // @ts-expect-error a command has run()
  definePlugin<Context, Types>({ activate: () => ({ commands: { deploy: { go: () => 0 } } }) });
  // @ts-expect-error there is no such kind
  definePlugin({ activate: () => ({ comands: {} }) });
  definePlugin({ activate() {} });
  definePlugin({ async activate() {}, async deactivate() {} });
});

test('a host hands out what its types say', async () => {
  const host = createPluginHost<Context, Types>({
    sources: [folderSource('plugins')],
    hostVersion: '1.0.0',
    context: () => ({ settings: {} }),
  });
  expectTypeOf(host.resolve('commands', 'deploy')).resolves.toEqualTypeOf<Command>();
  expectTypeOf(host.resolve('providers', 'acme')).resolves.toEqualTypeOf<object>();
  expectTypeOf(host.load('acme')).resolves.toEqualTypeOf<Contributions<Types>>();
  // @ts-expect-error there is no such kind
  host.resolve('comands', 'deploy');
});
