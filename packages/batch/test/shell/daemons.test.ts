import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { withStill } from '../../src/shell/copy.ts';
import { heldCommand, isNamespacePossible } from '../../src/shell/hold.ts';
import { runCommand } from '../../src/shell/run-command.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { changesIn, makeCommands, overlayHold } from './support/commands.ts';
import { processesOf, sleepOf } from './support/processes.ts';

const isHeld = { overlay: overlayHold === 'namespace', copy: isNamespacePossible() } as const;
const isLinux = process.platform === 'linux';
const signal = new AbortController().signal;

describe.each(['overlay', 'copy'] as const)('what a command leaves behind, in an %s', (isolation) => {
  it.skipIf(!isHeld[isolation])('has ended when its step has, also where it has left the session', async () => {
    const { run } = makeCommands({ isolation });
    const sleep = sleepOf();
    const daemon = `setsid sh -c 'exec 9>>late; while :; do echo x >&9; sleep 0.01; done' >/dev/null 2>&1 &`;
    const result = await run(`setsid ${sleep} & ${daemon} until [ -s late ]; do sleep 0.01; done; echo end`);
    expect(processesOf(sleep)).toEqual([]);
    expect(result.output).toBe('end');
    const [change] = changesIn(result);
    expect(change).toMatchObject({ type: 'write', path: 'late' });
    await result.release?.();
  });

  it.skipIf(!isHeld[isolation])('may write the rest of a log', async () => {
    const { run } = makeCommands({ isolation });
    const { output } = await run('(sleep 0.1; echo late) & echo early', { fields: { output: 'lines' } });
    expect(output).toEqual(['early', 'late']);
  });

  it.skipIf(!isHeld[isolation])('ends with the process that runs it, however that ends', async () => {
    const { root, own } = makeCommands({ isolation });
    await expectNoneLeft(root, own, isolation, 'setsid');
  });
});

describe.skipIf(!isLinux)('what a command leaves behind, in a group', () => {
  it('ends with the process that runs it', async () => {
    const { root, own } = makeCommands();
    await expectNoneLeft(root, own, 'group', '');
  });

  it('holds nobody up when it has left the session, and cannot write to what was taken over', async () => {
    const folder = tempFolder();
    const gate = join(folder, 'gate');
    const daemon = `exec 9>>late; echo 1 >&9; until [ -e ${gate} ]; do sleep 0.01; done; echo 2 >&9; echo > ended`;
    const line = `setsid sh -c '${daemon}' & until [ -s late ]; do sleep 0.01; done; echo said`;
    const { stdout, exitCode } = await runCommand(heldCommand('group', line), {
      cwd: folder,
      env: process.env,
      signal,
    });
    expect({ stdout, exitCode }).toEqual({ stdout: 'said\n', exitCode: 0 });
    const change = { type: 'write', path: 'late', from: join(folder, 'late'), mode: 0o640 } as const;
    const [still] = await withStill([change], join(folder, 'still'));
    writeFileSync(gate, '');
    await vi.waitUntil(() => existsSync(join(folder, 'ended')), { timeout: 20_000 });
    expect(readFileSync(join(folder, 'late'), 'utf8')).toBe('1\n2\n');
    expect(still).toEqual({ ...change, from: expect.stringContaining('still') });
    expect(readFileSync((still as typeof change).from, 'utf8')).toBe('1\n');
  });
});

const expectNoneLeft = async (root: string, own: string, how: string, leave: string): Promise<void> => {
  mkdirSync(root, { recursive: true });
  const sleep = sleepOf();
  const script = fileURLToPath(new URL('./children/run-on.ts', import.meta.url));
  const line = `${leave} ${sleep} & echo begun; ${sleep}`;
  const child = spawn(process.execPath, [script, root, own, how, line], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  await vi.waitUntil(() => processesOf(sleep).length === 2, { timeout: 20_000 });
  child.kill('SIGKILL');
  await once(child, 'exit');
  await vi.waitUntil(() => processesOf(sleep).length === 0, { timeout: 20_000 });
};
