import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { systemClock } from '../src/clock.ts';
import { discover } from '../src/discovery.ts';
import { PluginError } from '../src/errors.ts';
import { configSource, folderSource, npmSource } from '../src/index.ts';
import type { Plan } from '../src/plan.ts';
import { pluginFolder } from './support/plugins.ts';

const names = ['alpha', 'bravo', 'charlie'];
const places = ['project', 'user', 'node_modules', 'node_modules/@acme'];

/** What a user or an installer does to folders of plugins, and what a host is told. */
interface Step {
  readonly what:
    | 'write'
    | 'rewrite'
    | 'remove'
    | 'rename'
    | 'swap'
    | 'link'
    | 'obstruct'
    | 'quarantine'
    | 'disable'
    | 'upgrade'
    | 'configure'
    | 'damage';
  readonly at: string;
  readonly to: string;
  readonly file: 'plugin.json' | 'package.json';
  readonly text: string;
  /** Whether the next start comes long after it, or at once. */
  readonly isSettled: boolean;
}

const manifest = fc.record(
  {
    version: fc.constantFrom('1.0.0', '1.0.1', '2.0.0'),
    host: fc.constantFrom('*', '^1.0.0', '>=2', 'sometimes'),
    core: fc.boolean(),
    dependencies: fc.dictionary(fc.constantFrom(...names, 'nobody'), fc.constantFrom('*', '^1.0.0', 'never'), {
      maxKeys: 2,
      noNullPrototype: true,
    }),
    contributes: fc.record({ commands: fc.constantFrom([{ name: 'run' }], [{ name: 'run' }, { name: 'stop' }]) }),
    activates: fc.constantFrom(['always'], [], 'never'),
  },
  { requiredKeys: ['version'], noNullPrototype: true },
);

const text = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom(...names), manifest)
      .map(([name, rest]) => JSON.stringify({ name, ...rest, hotpath: rest, keywords: ['hotpath-plugin'] })),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.constantFrom(...names), manifest).map(([name, rest]) => JSON.stringify({ name, ...rest })),
  },
  { weight: 1, arbitrary: fc.constantFrom('{', '[]', '{"name":"alpha","keywords":["hotpath-plugin"]}', '') },
);

const where = fc.tuple(fc.constantFrom(...places), fc.constantFrom(...names)).map((parts) => parts.join('/'));

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.oneof(
    { weight: 6, arbitrary: fc.constant('write' as const) },
    {
      weight: 10,
      arbitrary: fc.constantFrom<Step['what']>(
        'rewrite',
        'remove',
        'rename',
        'swap',
        'link',
        'obstruct',
        'quarantine',
        'disable',
        'upgrade',
        'configure',
        'damage',
      ),
    },
  ),
  at: where,
  to: where,
  file: fc.constantFrom('plugin.json', 'package.json'),
  text,
  isSettled: fc.boolean(),
});

const world = () => {
  const { path: root } = pluginFolder();
  const indexFile = join(root, 'state', 'index');
  const quarantined = new Set<string>();
  const disabled = new Set<string>();
  const configured: string[] = [];
  let hostVersion = '1.0.0';
  const path = (at: string): string => join(root, at);
  const move = (from: string, to: string): void => {
    if (!existsSync(from) || existsSync(to)) return;
    mkdirSync(dirname(to), { recursive: true });
    renameSync(from, to);
  };
  const toggle = (set: Set<string>, name: string): void => void (set.delete(name) || set.add(name));

  const act = ({ what, at, to, file, text }: Step): void => {
    const target = join(path(at), file);
    const name = at.split('/').at(-1) as string;
    if (what === 'write') {
      rmSync(target, { recursive: true, force: true });
      mkdirSync(path(at), { recursive: true });
      writeFileSync(target, text);
    } else if (what === 'rewrite' && existsSync(target) && statSync(target).isFile()) {
      // In place, of the same size, with the old time of writing.
      const { atime, mtime } = statSync(target);
      writeFileSync(target, readFileSync(target, 'utf8').replace(/"version":"1.0.\d"/, '"version":"1.0.7"'));
      utimesSync(target, atime, mtime);
    } else if (what === 'remove') rmSync(path(at), { recursive: true, force: true });
    else if (what === 'rename') move(path(at), path(to));
    else if (what === 'swap') {
      move(path(at), path('aside'));
      move(path(to), path(at));
      move(path('aside'), path(to));
      rmSync(path('aside'), { recursive: true, force: true });
    } else if (what === 'link' && !existsSync(path(at))) {
      rmSync(path(at), { force: true });
      mkdirSync(dirname(path(at)), { recursive: true });
      symlinkSync(path(to), path(at));
    } else if (what === 'obstruct') {
      rmSync(path(at), { recursive: true, force: true });
      mkdirSync(dirname(path(at)), { recursive: true });
      if (file === 'plugin.json') writeFileSync(path(at), '');
      else mkdirSync(target.replace('package.json', 'plugin.json'), { recursive: true });
    } else if (what === 'quarantine') toggle(quarantined, name);
    else if (what === 'disable') toggle(disabled, name);
    else if (what === 'upgrade') hostVersion = hostVersion === '1.0.0' ? '2.0.0' : '1.0.0';
    else if (what === 'configure') configured.push(at);
    else if (what === 'damage' && existsSync(indexFile)) {
      const bytes = readFileSync(indexFile);
      const place = text.length % bytes.length;
      bytes[place] = (bytes[place] as number) ^ 1;
      writeFileSync(indexFile, bytes);
    }
  };

  const start = async (isIndexed: boolean, isSettled: boolean) => {
    const found = await discover({
      sources: [
        configSource(configured, { root }),
        folderSource(path('project')),
        folderSource(path('user')),
        npmSource({ root }),
      ],
      hostVersion,
      indexFile: isIndexed ? indexFile : undefined,
      disabled,
      sourceTimeoutMs: 1_000,
      clock: systemClock,
      quarantined: (plugins) =>
        new Map([...quarantined].sort().flatMap((name) => (plugins.has(name) ? [[name, 'it failed'] as const] : []))),
      ...(isSettled && { fileNow: () => Date.now() + 10_000 }),
    });
    await found.save();
    return found;
  };
  return { act, start };
};

const shownError = (error: unknown): unknown => {
  if (!PluginError.isInstance(error)) return error instanceof Error ? [error.name, error.message] : error;
  const { code, message, plugin, path, field, via, cause } = error;
  return { code, message, plugin, path, field, via, cause: shownError(cause) };
};

const shown = ({ plugins, unusable, levels, quarantined, contributions, problems }: Plan) => ({
  plugins: [...plugins],
  unusable: [...unusable].map(([name, error]) => [name, shownError(error)]),
  levels,
  quarantined: [...quarantined],
  contributions,
  problems: problems.map(shownError),
});

it('finds with an index what it finds without, whatever happens to the files and the host in between', async () => {
  let recalled = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      const { act, start } = world();
      for (const each of steps) {
        try {
          act(each);
        } catch (error) {
          // Something else is in the way there: it stays as it is.
          expect(error).toHaveProperty('code');
        }
        const cold = await start(false, each.isSettled);
        const first = await start(true, each.isSettled);
        expect(shown(first.plan)).toEqual(shown(cold.plan));
        const second = await start(true, each.isSettled);
        expect(shown(second.plan)).toEqual(shown(cold.plan));
        if (!each.isSettled) continue;
        expect(second.files.read).toBe(0);
        expect(second.stamps).toEqual(first.stamps);
        recalled += 1;
        // The next change shows in the times of files, whatever they are counted in.
        await delay(10);
      }
    }),
    { numRuns: 60 },
  );
  expect(recalled).toBeGreaterThan(60);
}, 60_000);
