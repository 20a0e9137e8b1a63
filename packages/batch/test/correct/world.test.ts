import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorld } from '../../src/correct/world.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'world-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const program = (name: string, text: string): void => {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(folder, 'bin', name), 0o755);
};

describe('the world as it is', () => {
  it('reads no more of a file than it is asked for, and what is no file not at all', async () => {
    const world = createWorld();
    writeFileSync(join(folder, 'a.txt'), 'x'.repeat(1000));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    expect(await world.read(join(folder, 'a.txt'), 10)).toBe('xxxxxxxxxx');
    expect(await world.read(join(folder, 'pipe'), 10)).toBeUndefined();
    expect(await world.read('/dev/zero', 10)).toBeUndefined();
    expect(await world.read(join(folder, 'none'), 10)).toBeUndefined();
    expect(await world.kind(folder)).toBe('folder');
    expect(await world.kind(join(folder, 'none'))).toBeUndefined();
  });

  it('lists at most 2,000 entries, and nothing of what is no folder', async () => {
    const world = createWorld();
    for (let index = 0; index < 2_100; index++) writeFileSync(join(folder, `f${index}`), '');
    expect(await world.list(folder)).toHaveLength(2_000);
    expect(await world.list(join(folder, 'f1'))).toEqual([]);
  });

  it('asks programs on PATH only, once each, and waits a bounded time', async () => {
    program('tool', `echo asked >> '${join(folder, 'log')}'; echo '  --output FILE'`);
    program('slow', 'sleep 20');
    writeFileSync(join(folder, 'local.sh'), '#!/bin/sh\necho ran > ran\n', { mode: 0o755 });
    const environment = { PATH: `${join(folder, 'bin')}:/usr/bin:/bin` };
    const world = createWorld({ environment, helpTimeoutMs: 20_000 });
    const hasty = createWorld({ environment, helpTimeoutMs: 100 });
    expect(await world.help?.(['tool', '--help'], folder)).toBeDefined();
    await world.help?.(['tool', '--help'], folder);
    await hasty.help?.(['slow', '--help'], folder);
    expect(await world.help?.(['./local.sh', '--help'], folder)).toBeUndefined();
    expect(await world.help?.(['nowhere', '--help'], folder)).toBeUndefined();
    expect(await world.kind(join(folder, 'ran'))).toBeUndefined();
    expect(await world.read(join(folder, 'log'), 100)).toBe('asked\n');
    expect(await world.commands()).toContain('tool');
  });

  it('asks nobody when it must not', async () => {
    program('tool', 'echo help');
    const world = createWorld({ environment: { PATH: join(folder, 'bin') }, askHelp: false });
    expect(await world.help?.(['tool', '--help'], folder)).toBeUndefined();
  });
});
