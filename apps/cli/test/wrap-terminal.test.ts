import { describe, expect, it } from 'vitest';
import { entry, freshMachine } from './built.ts';
import { hasScript, onTerminal } from './pseudo-terminal.ts';

const machine = freshMachine();

describe.skipIf(!hasScript)('on a terminal (needs script of util-linux)', () => {
  it.each([
    ['help batch', 60],
    ['help serve', 200],
    ['cache --help', 60],
    ['doctor', 60],
    ['cache doctor', 60],
    ['ask --temperature warmer "Why is the sky blue?"', 40],
    ['config get nothing.of.that.name.is.set', 40],
    ['models', 60],
  ])('no line of "%s" is wider than %i columns, or 100', async (args, columns) => {
    const { outcome } = onTerminal(machine, `stty cols ${columns}; exec "${process.execPath}" "${entry}" ${args}`);
    const { stdout } = await outcome;
    const lines = stdout.split('\r\n');
    expect(lines.length).toBeGreaterThan(1);
    const tooWide = lines.filter((line) => line.length > Math.min(columns, 100));
    // What cannot be broken: a path or an address by itself.
    expect(tooWide.filter((line) => line.trim().includes(' '))).toEqual([]);
  });
});

it('elsewhere what is told stays in whole lines, for whoever searches them', async () => {
  const { stderr } = await machine.run(['ask', 'hello']);
  expect(Math.max(...stderr.split('\n').map((line) => line.length))).toBeGreaterThan(100);
  expect(Math.max(...(await machine.run(['doctor'])).stdout.split('\n').map((line) => line.length))).toBeGreaterThan(
    80,
  );
});
