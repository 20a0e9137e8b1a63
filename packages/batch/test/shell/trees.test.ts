import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createBreath } from '../../src/shell/tree.ts';
import { changesIn, hasOverlay, makeCommands, treeOf } from './support/commands.ts';

const isPosix = process.platform !== 'win32';

describe.each(['overlay', 'copy'] as const)('a tree, in an %s,', (isolation) => {
  const it_ = it.skipIf(!isPosix || (isolation === 'overlay' && !hasOverlay));
  const sh = (line: string, cwd: string): void => {
    const { status, stderr } = spawnSync('sh', ['-c', line], { cwd, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  };
  const shown = (result: Parameters<typeof changesIn>[0]): readonly string[] =>
    changesIn(result).map(({ type, path }) => `${type} ${path}`);

  it_('may have sockets and pipes, and commands may make more of them', async () => {
    const { root, own, run } = makeCommands({ isolation });
    const server = createServer().listen(join(root, 'socket'));
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    sh('mkfifo pipe; mkdir folder; mkfifo folder/pipe', root);
    const result = await run('mkfifo another; echo x > file');
    expect(shown(result)).toEqual(['write file']);
    await result.release?.();
    expect(treeOf(root)).toEqual(['folder', 'folder/pipe', 'pipe', 'socket']);
    expect(treeOf(own)).toEqual([]);
  });

  it_('may have names of any bytes', async () => {
    const { root, run } = makeCommands({ isolation });
    sh(
      `echo x > "$(printf 'no\\377text')"; echo x > 'two
lines'; mkdir -p 'folder
x/inner' -- '-r'; echo x > 'folder
x/inner/ü'; echo x > -n; ln -s "$(printf 'to\\377')" link`,
      root,
    );
    const before = readdirSync(root, { encoding: 'latin1' });
    expect(shown(await run('true'))).toEqual([]);
    const result = await run(`rm -r 'folder
x'; mkdir 'folder
x' ; echo y > 'two
lines'; echo y > -n; echo ö > ö`);
    expect([...shown(result)].sort()).toEqual(
      ['remove folder\nx/inner', 'write two\nlines', 'write -n', 'write ö'].sort(),
    );
    const written = changesIn(result).find(({ path }) => path === 'ö') as { readonly from: string };
    expect(readFileSync(written.from, 'utf8')).toBe('ö\n');
    await result.release?.();
    await expect(run(`echo y > "$(printf 'no\\377text')"`)).rejects.toMatchObject({
      code: 'BATCH_PATH_INVALID',
      message: expect.stringContaining('not UTF-8'),
    });
    expect(readdirSync(root, { encoding: 'latin1' })).toEqual(before);
  });

  it_('is worked on in a folder of its own, by whatever link within it, and by none that leaves it', async () => {
    const { base, root, run } = makeCommands({ isolation });
    mkdirSync(join(root, 'folder'));
    symlinkSync('folder', join(root, 'inside'));
    symlinkSync(join(root, 'folder'), join(root, 'absolute'));
    symlinkSync(base, join(root, 'outside'));
    writeFileSync(join(root, 'file'), '');
    for (const cwd of ['inside', 'absolute']) {
      const result = await run('echo x > made', { fields: { cwd } });
      expect(shown(result)).toEqual(['write folder/made']);
      await result.release?.();
    }
    for (const cwd of ['outside', 'outside/root/..', 'file', 'nowhere', '..', '/'])
      await expect(run('echo x > made', { fields: { cwd } })).rejects.toMatchObject({
        code: 'BATCH_FIELD_INVALID',
        field: 'cwd',
      });
    expect(readdirSync(base).sort()).toEqual(['own', 'root']);
    expect(treeOf(join(root, 'folder'))).toEqual([]);
  });

  it_('is not written to through links of its own that name it from the start', async () => {
    const { root, run } = makeCommands({ isolation });
    mkdirSync(join(root, 'folder'));
    symlinkSync(join(root, 'folder'), join(root, 'link'));
    const result = await run('echo x > link/made; cp -P link other; cp -P link again; rm link; mv again link');
    expect([...shown(result)].sort()).toEqual(['link other', 'write folder/made']);
    expect(changesIn(result).find(({ type }) => type === 'link')).toMatchObject({ target: join(root, 'folder') });
    await result.release?.();
    expect(treeOf(root)).toEqual(['folder', 'link']);
    expect(readlinkSync(join(root, 'link'))).toBe(join(root, 'folder'));
  });

  it_('may have folders that were closed, and be given more', async () => {
    const { root, own, run } = makeCommands({ isolation });
    sh('mkdir closed; echo x > closed/file; chmod 555 closed', root);
    const result = await run('cat closed/file; mkdir new; echo y > new/file; chmod 500 new');
    expect(shown(result)).toEqual(['folder new', 'write new/file']);
    await result.release?.();
    expect(treeOf(own)).toEqual([]);
    sh('chmod 755 closed', root);
  });
});

describe.skipIf(!isPosix)('a copy of a tree', () => {
  it('has one file of many names where the tree has, and times and modes as they are', async () => {
    const { root, run } = makeCommands({ isolation: 'copy' });
    writeFileSync(join(root, 'one'), 'one', { mode: 0o750 });
    utimesSync(join(root, 'one'), 1000, 2000);
    mkdirSync(join(root, 'folder'));
    linkSync(join(root, 'one'), join(root, 'folder/other'));
    utimesSync(join(root, 'folder'), 1000, 3000);
    const line = 'stat -c "%h %a %Y" one folder/other; stat -c %Y folder; echo two > one; cat folder/other';
    const result = await run(line, { fields: { output: 'lines' } });
    expect(result.output).toEqual(['2 750 2000', '2 750 2000', '3000', 'two']);
    expect(changesIn(result).map(({ path }) => path)).toEqual(['folder/other', 'one']);
    await result.release?.();
    expect(readFileSync(join(root, 'one'), 'utf8')).toBe('one');
  });

  it('lets others have their turn, and is given up when it is not wanted any more', async () => {
    const { root, own, run } = makeCommands({ isolation: 'copy' });
    for (let folder = 0; folder < 30; folder += 1) {
      mkdirSync(join(root, `folder-${folder}`));
      for (let file = 0; file < 30; file += 1) writeFileSync(join(root, `folder-${folder}/${file}`), '');
    }
    const controller = new AbortController();
    let isRunning = true;
    let turns = 0;
    const turn = (): void => {
      turns += 1;
      if (turns === 20) controller.abort(new Error('enough'));
      if (isRunning) setImmediate(turn);
    };
    setImmediate(turn);
    await expect(run('echo ran > file', { signal: controller.signal })).rejects.toThrow('enough');
    isRunning = false;
    expect(turns).toBeGreaterThanOrEqual(20);
    expect(treeOf(own)).toEqual([]);
    expect(statSync(join(root, 'folder-29/29')).size).toBe(0);
  });
});

it('long work lets others have their turn', async () => {
  let hadTurn = false;
  setImmediate(() => {
    hadTurn = true;
  });
  const breathe = createBreath(new AbortController().signal);
  for (let step = 0; step < 3_000_000 && !hadTurn; step += 1) await breathe();
  expect(hadTurn).toBe(true);
});

describe.skipIf(process.getuid?.() !== 0)('a user who is not root (only root can become one)', () => {
  it.each(['', 'copy'])('can run commands, and leaves nothing of them (isolation "%s")', (isolation) => {
    const { base, root, own } = makeCommands();
    const nobody = 65534;
    for (const folder of [base, root]) chownSync(folder, nobody, nobody);
    const script = fileURLToPath(new URL('./children/run-on.ts', import.meta.url));
    const line = 'mkdir -p closed/folder; echo x > closed/folder/file; chmod 500 closed/folder; echo ran';
    const { stdout, stderr } = spawnSync(process.execPath, [script, root, own, isolation, line], {
      encoding: 'utf8',
      uid: nobody,
      gid: nobody,
    });
    expect({ stdout, stderr, own: treeOf(own) }).toEqual({ stdout: 'ran\n', stderr: '', own: [] });
  });
});
