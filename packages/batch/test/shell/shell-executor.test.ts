import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Commands, changesIn, hasOverlay, makeCommands, treeOf } from './support/commands.ts';

describe.each(['overlay', 'copy'] as const)('commands in an %s', (isolation) => {
  let commands: Commands;
  let root: string;
  let own: string;
  beforeEach(() => {
    commands = makeCommands({ isolation });
    ({ root, own } = commands);
    mkdirSync(join(root, 'folder/inner'), { recursive: true });
    writeFileSync(join(root, 'a'), 'a\n');
    writeFileSync(join(root, 'folder/b'), 'b\n');
    writeFileSync(join(root, 'folder/inner/c'), 'c\n');
    symlinkSync('a', join(root, 'link'));
  });
  const run: Commands['run'] = (...given) => commands.run(...given);
  /** What a command changed, contents in the place of where they are. */
  const changesOf = async (line: string): Promise<readonly unknown[]> => {
    const { changes = [], release } = await run(line);
    const shown = changesIn({ changes }).map((change) => {
      if (change.type !== 'write' || !('from' in change)) return change;
      const { from, ...others } = change;
      return { ...others, content: readFileSync(from, 'utf8') };
    });
    await release?.();
    return shown;
  };

  it.skipIf(isolation === 'overlay' && !hasOverlay)(
    'change nothing, and tell exactly what they would have',
    async () => {
      const before = treeOf(root);
      expect(
        await changesOf('echo more >> a; rm folder/b; mkdir -p new/deep; echo x > new/deep/d; ln -s d new/deep/e'),
      ).toEqual(
        [
          { type: 'write', path: 'a', content: 'a\nmore\n', mode: 0o644 },
          { type: 'remove', path: 'folder/b' },
          { type: 'folder', path: 'new', mode: 0o755 },
          { type: 'folder', path: 'new/deep', mode: 0o755 },
          { type: 'write', path: 'new/deep/d', content: 'x\n', mode: 0o644 },
          { type: 'link', path: 'new/deep/e', target: 'd' },
        ].sort((a, b) => order(isolation, a) - order(isolation, b)),
      );
      expect(treeOf(root)).toEqual(before);
      expect(readFileSync(join(root, 'a'), 'utf8')).toBe('a\n');
      expect(treeOf(own)).toEqual([]);
    },
  );

  it.skipIf(isolation === 'overlay' && !hasOverlay)(
    'tell of folders that were replaced, of files that became folders, and of rights',
    async () => {
      expect(await changesOf('rm -r folder; mkdir folder; echo n > folder/b')).toEqual(
        expect.arrayContaining([
          { type: 'remove', path: 'folder/inner' },
          { type: 'write', path: 'folder/b', content: 'n\n', mode: 0o644 },
        ]),
      );
      expect(await changesOf('rm a; mkdir a; echo n > a/x')).toEqual([
        { type: 'remove', path: 'a' },
        { type: 'folder', path: 'a', mode: 0o755 },
        { type: 'write', path: 'a/x', content: 'n\n', mode: 0o644 },
      ]);
      expect(await changesOf('rm -r folder; echo n > folder')).toEqual([
        { type: 'remove', path: 'folder' },
        { type: 'write', path: 'folder', content: 'n\n', mode: 0o644 },
      ]);
      expect(await changesOf('chmod 700 a; chmod 711 folder')).toEqual([
        { type: 'mode', path: 'a', mode: 0o700 },
        { type: 'mode', path: 'folder', mode: 0o711 },
      ]);
    },
  );

  it.skipIf(isolation === 'overlay' && !hasOverlay)('that only look have changed nothing', async () => {
    expect(await run('cat a folder/b; touch -r a a; : >> a', { fields: { output: 'lines' } })).toEqual({
      output: ['a', 'b'],
    });
    expect(await run('printf %s \'{"a":1}\'', { fields: { output: 'json' } })).toEqual({ output: { a: 1 } });
    expect(await run('cat; pwd', { fields: { cwd: 'folder', stdin: 'in\n' } })).toMatchObject({
      output: expect.stringMatching(/^in\n.*folder$/),
    });
  });

  it.skipIf(isolation === 'overlay' && !hasOverlay)('that fail say how, and leave nothing', async () => {
    await expect(run('echo x > a; echo sorry >&2; exit 3')).rejects.toMatchObject({
      code: 'BATCH_COMMAND_FAILED',
      message: expect.stringContaining('exit code 3: sorry'),
      result: { exitCode: 3, stderr: 'sorry\n' },
    });
    expect(treeOf(own)).toEqual([]);
  });

  it.skipIf(isolation === 'overlay' && !hasOverlay)('are ended with all they have started', async () => {
    const controller = new AbortController();
    const running = run('sleep 100 & echo begun; sleep 100; echo x > a', {
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    });
    await expect(running).rejects.toThrow('enough');
    expect(treeOf(own)).toEqual([]);
  });
});

/** A copy names what is gone first. */
const order = (isolation: 'overlay' | 'copy', change: { readonly type: string }): number =>
  isolation === 'copy' && change.type === 'remove' ? 0 : 1;

it('commands that cannot be started say why', async () => {
  const { root, run } = makeCommands();
  const failed = (message: RegExp) => ({ code: 'BATCH_COMMAND_FAILED', message: expect.stringMatching(message) });
  await expect(run(`: ${'x'.repeat(200_000)}`)).rejects.toMatchObject(failed(/E2BIG.*stdin/));
  await expect(run('true', { fields: { env: { PATH: root } } })).rejects.toMatchObject(failed(/ENOENT.*PATH/));
  await expect(run('true \0')).rejects.toMatchObject(failed(/null bytes/));
});

it('commands have nowhere to write within the root, by whatever link', async () => {
  const { root, base } = makeCommands();
  symlinkSync(root, join(base, 'to-root'));
  for (const folder of [join(root, 'own'), join(base, 'to-root/own')])
    await expect(makeCommands({ root, own: folder }).run('true')).rejects.toMatchObject({
      code: 'BATCH_OPTION_INVALID',
      field: 'folder',
    });
  expect(treeOf(root)).toEqual([]);
});
