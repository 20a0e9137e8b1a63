import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { editorOf } from '../src/commands/templates-edit.ts';
import { sendable } from '../src/exec/child.ts';
import { freshMachine } from './built.ts';

const machine = freshMachine();

/** Starts a program as Windows would have it started, in a process that takes this system for Windows. */
const startOnWindows = (program: string, args: readonly string[]): string => {
  const tools = join(machine.folder, 'tools');
  mkdirSync(tools, { recursive: true });
  machine.write('tools/tool.cmd', '@echo off');
  const commandInterpreter = machine.write('cmd.exe', '#!/bin/sh\nprintf "%s\\n" "$@"\n');
  chmodSync(commandInterpreter, 0o755);
  const child = new URL('../src/exec/child.ts', import.meta.url).href;
  const script = `
    Object.defineProperty(process, 'platform', { value: 'win32' });
    const { startChild } = await import(${JSON.stringify(child)});
    const environment = { Path: process.env.Path, PATHEXT: process.env.PATHEXT };
    const line = { program: ${JSON.stringify(program)}, args: ${JSON.stringify(args)}, environment };
    const started = await startChild(line);
    await started.started;
    await started.ended;`;
  const environment = { ...process.env, comspec: commandInterpreter, Path: tools, PATHEXT: '.EXE;.CMD' };
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    env: environment,
    encoding: 'utf8',
  });
  expect(stderr).not.toContain('Error');
  return stdout;
};

describe.skipIf(process.platform === 'win32')('on Windows (which a process of its own takes this system for)', () => {
  it('a script that npm has installed is started by cmd.exe, its arguments quoted', () => {
    expect(startOnWindows('tool', ['two words', 'a&b', '50%'])).toBe(
      ['/d', '/s', '/c', '"tool ^"two^ words^" ^"a^&b^" ^"50^%^""', ''].join('\n'),
    );
  });
});

it('signals that Windows lacks end what they are sent to', () => {
  expect(sendable('SIGHUP', 'win32')).toBe('SIGTERM');
  expect(sendable('SIGINT', 'win32')).toBe('SIGINT');
  expect(sendable('SIGHUP', 'linux')).toBe('SIGHUP');
});

it('an editor is always there on Windows alone', () => {
  expect(editorOf({}, 'win32')).toBe('notepad');
  expect(editorOf({ EDITOR: ' vi ' }, 'win32')).toBe('vi');
  expect(editorOf({ VISUAL: ' ' }, 'linux')).toBeUndefined();
});
