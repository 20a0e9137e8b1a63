import headless from '@xterm/headless';
import { describe, expect, it } from 'vitest';
import { entry } from '../built.ts';
import { hasScript, onTerminal } from '../pseudo-terminal.ts';
import { workflowMachine } from './workflow-machine.ts';

/** What stands on a terminal of 80 columns after all of this was written to it. */
const screenOf = (text: string): Promise<readonly string[]> =>
  new Promise((resolve) => {
    const terminal = new headless.Terminal({ cols: 80, rows: 30, allowProposedApi: true });
    terminal.write(text, () => {
      const buffer = terminal.buffer.active;
      resolve(Array.from({ length: buffer.length }, (_, at) => buffer.getLine(at)?.translateToString(true) ?? ''));
    });
  });

describe.skipIf(!hasScript)('on a terminal of 80 columns', () => {
  const shown = async (workflow: string, environment = {}) => {
    const machine = workflowMachine();
    machine.write('w.yaml', workflow);
    const line = `stty cols 80 rows 30; exec "${process.execPath}" "${entry}" run w.yaml --root project`;
    const terminal = onTerminal(machine, line, { TERM: 'xterm-256color', ...environment });
    const { stdout } = await terminal.outcome;
    return { text: stdout, lines: await screenOf(stdout) };
  };
  const workflow = `name: w
steps:
  - { id: talk, run: "for i in 1 2 3 4 5 6; do echo saying $i ${'x'.repeat(200)}; sleep 0.1; done" }
  - { id: many, file: "f\${{ index }}.txt", content: x, map: [1, 2, 3], writes: ["*"], dependencies: [talk] }
`;

  it('steps are drawn in place, each once in the end', async () => {
    const { lines, text } = await shown(workflow);
    expect(lines.filter((line) => line.includes('talk'))).toEqual([expect.stringMatching(/^✓ talk \* +\d/)]);
    expect(lines.filter((line) => line.startsWith('✓ many'))).toEqual([expect.stringContaining('3 of 3')]);
    expect(text).toContain('▸ talk');
    // The cursor is there again.
    expect(text.lastIndexOf('\u001b[?25h')).toBeGreaterThan(text.lastIndexOf('\u001b[?25l'));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
    expect(text).not.toMatch(/\u001b\[3\dm/);
  });

  it('with colours where they are wanted', async () => {
    const { text } = await shown(workflow, { NO_COLOR: '' });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
    expect(text).toMatch(/\u001b\[32m✓/);
  });
});
