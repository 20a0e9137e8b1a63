import { isAbsolute } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkContributions } from './check-contributions.ts';
import type { Contributions, ContributionTypes } from './contributions.ts';
import type { MaybePromise, PluginContext, PluginDefinition } from './definition.ts';
import { type PluginManifest, parseManifest } from './manifest.ts';
import { openManifestIndex } from './manifest-index.ts';
import type { FoundPlugin, PluginSource } from './source.ts';

/** What the kit needs of a source's own world: a place to put plugins into and to take them out of. */
export interface SourceFixture {
  readonly source: PluginSource;
  /** Puts a plugin with this manifest there, or changes the one of this name; under any file that the source reads. */
  put(name: string, manifest: Readonly<Record<string, unknown>>): MaybePromise<void>;
  /** Puts something there that is meant to be a manifest and is none. */
  spoil(name: string): MaybePromise<void>;
  remove(name: string): MaybePromise<void>;
  close?(): MaybePromise<void>;
}

const manifestOf = (name: string, version = '1.0.0') => ({ name, version, main: './index.js' });

/**
 * Declares the tests that every `PluginSource` must pass, in a vitest file. `create` is called for each test and returns a source with
 * nothing in it.
 */
export const testPluginSource = (name: string, create: () => MaybePromise<SourceFixture>): void => {
  describe(`${name} keeps the contract of PluginSource`, () => {
    let fixture: SourceFixture | undefined;
    const open = async (): Promise<SourceFixture> => {
      fixture = await create();
      return fixture;
    };
    afterEach(async () => {
      await fixture?.close?.();
      fixture = undefined;
    });
    const index = openManifestIndex(undefined);
    const list = async (source: PluginSource): Promise<readonly FoundPlugin[]> => source.list(index.source(source.id));
    const namesOf = (found: readonly FoundPlugin[]): unknown[] =>
      found.map(({ manifest }) => (manifest as { readonly name?: unknown }).name);

    it('lists nothing where there is nothing', async () => {
      const { source } = await open();
      expect(await list(source)).toEqual([]);
    });

    it('says what it lists by an id of its own', async () => {
      const { source } = await open();
      expect(source.id).toMatch(/\S/);
    });

    it('finds a plugin with a folder, a file for messages, and a manifest that passes', async () => {
      const { source, put } = await open();
      await put('alpha', manifestOf('alpha'));
      const [found, ...others] = await list(source);
      expect(others).toEqual([]);
      expect(isAbsolute(found?.folder ?? '')).toBe(true);
      expect(found?.file).toMatch(/\S/);
      expect(parseManifest(found?.manifest, found?.file ?? '')).toMatchObject(manifestOf('alpha'));
    });

    it('lists plugins in the same order every time', async () => {
      const { source, put } = await open();
      for (const each of ['charlie', 'alpha', 'bravo']) await put(each, manifestOf(each));
      const first = namesOf(await list(source));
      expect([...first].sort()).toEqual(['alpha', 'bravo', 'charlie']);
      expect(namesOf(await list(source))).toEqual(first);
    });

    it('sees what is added, changed and removed', async () => {
      const { source, put, remove } = await open();
      await put('alpha', manifestOf('alpha'));
      await list(source);
      await put('bravo', manifestOf('bravo'));
      await put('alpha', manifestOf('alpha', '1.0.0-changed'));
      const versions = async () =>
        (await list(source)).map(({ manifest }) => {
          const { name, version } = manifest as PluginManifest;
          return `${name} ${version}`;
        });
      expect((await versions()).sort()).toEqual(['alpha 1.0.0-changed', 'bravo 1.0.0']);
      await remove('alpha');
      expect(await versions()).toEqual(['bravo 1.0.0']);
    });

    it('keeps a spoilt plugin from hiding the others, and never passes it off as whole', async () => {
      const { source, put, spoil } = await open();
      await put('alpha', manifestOf('alpha'));
      await spoil('bravo');
      const whole = (await list(source)).filter(({ manifest, file }) => {
        try {
          parseManifest(manifest, file);
          return true;
        } catch {
          return false;
        }
      });
      expect(namesOf(whole)).toEqual(['alpha']);
    });
  });
};

export interface TestPluginOptions<Context extends object> {
  /** The manifest it is held against, as read from its file: `JSON.parse(readFileSync('plugin.json'))`. */
  readonly manifest?: Readonly<Record<string, unknown>> | undefined;
  /** What the host gives its plugins. */
  readonly context?: Context | undefined;
  /** @default '1.0.0' */
  readonly hostVersion?: string | undefined;
}

export interface TestedPlugin<Types extends ContributionTypes> extends AsyncDisposable {
  /** What it contributed. */
  readonly contributions: Contributions<Types>;
  /** Deactivates it, once. */
  deactivate(): Promise<void>;
}

/**
 * Activates a plugin in memory, as a host would: its contributions are held against the manifest, where one is given. Rejects as the
 * host would report.
 */
export const testPlugin = async <Context extends object, Types extends ContributionTypes>(
  definition: PluginDefinition<Context, Types>,
  { manifest: given, context, hostVersion = '1.0.0' }: TestPluginOptions<Context> = {},
): Promise<TestedPlugin<Types>> => {
  const manifest = given === undefined ? undefined : parseManifest(given, 'manifest');
  const lifetime = new AbortController();
  const own: PluginContext = {
    name: manifest?.name ?? 'plugin-under-test',
    version: manifest?.version ?? '0.0.0',
    folder: process.cwd(),
    hostVersion,
    signal: lifetime.signal,
  };
  const activate = async (): Promise<Contributions<Types>> => {
    const returned = (await definition.activate({ ...(context as Context), ...own })) ?? {};
    if (manifest !== undefined) checkContributions(manifest, returned);
    return returned;
  };
  const contributions = await activate().catch((error: unknown) => {
    lifetime.abort(error);
    throw error;
  });
  let ended: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    lifetime.abort();
    await definition.deactivate?.();
  };
  const deactivate = (): Promise<void> => {
    ended ??= end();
    return ended;
  };
  return { contributions, deactivate, [Symbol.asyncDispose]: deactivate };
};
