import { describe, expect, it } from 'vitest';
import { createOutput } from '../../src/shell/output.ts';
import { batchMachine } from '../whole/machine.ts';
import { hasOverlay, makeCommands } from './support/commands.ts';

const isolation = hasOverlay ? 'overlay' : 'copy';
/** 17 MiB, the last line of which says so. */
const long = 'head -c 17825792 /dev/zero | tr "\\0" x; echo; echo the end';

describe('what a command writes beyond what is kept', () => {
  it('fails a step whose output it was to be', async () => {
    const { run } = makeCommands({ isolation });
    for (const options of [{}, { isOutputUsed: false, fields: { output: 'text' } }])
      await expect(run(long, options)).rejects.toMatchObject({
        code: 'BATCH_OUTPUT_TOO_LONG',
        field: 'output',
        message: expect.stringContaining('16 MiB'),
      });
  });

  it('is left out, and that said, where nobody goes on with it', async () => {
    const { run } = makeCommands({ isolation });
    const { output } = await run(long, { isOutputUsed: false });
    expect(String(output).replaceAll(/xx+/g, 'x')).toBe('x\n[... 983049 bytes are left out ...]\nx\nthe end');
  });

  it('is no loss on stderr, whose end says what went wrong', async () => {
    const { run } = makeCommands({ isolation });
    expect(await run(`{ ${long}; } >&2`)).toMatchObject({ output: '' });
    await expect(run(`{ ${long}; } >&2; exit 3`)).rejects.toMatchObject({
      message: expect.stringContaining('exit code 3: the end'),
    });
  });

  it('is known to be used by templates, and by those of the workflow around it', async () => {
    const machine = batchMachine();
    const batch = machine.open();
    const outcomeOf = (steps: readonly object[]) => batch.run({ name: 'long', steps: steps as never }).outcome;
    expect(await outcomeOf([{ id: 'a', run: long }])).toMatchObject({ state: 'committed' });
    const use = { id: 'b', run: 'true', env: { WHAT: '${{ steps.a.output }}' } };
    const failed = { state: 'failed', error: { code: 'BATCH_OUTPUT_TOO_LONG' } };
    expect(await outcomeOf([{ id: 'a', run: long }, use])).toMatchObject(failed);
    const inner = { name: 'inner', steps: [{ id: 'c', run: long }] };
    expect(await outcomeOf([{ id: 'a', workflow: inner }, use])).toMatchObject(failed);
  });
});

describe('lines of an output', () => {
  const linesOf = (...chunks: readonly string[]): readonly string[] => {
    const lines: string[] = [];
    const output = createOutput(10, (line) => lines.push(line));
    for (const chunk of chunks) output.add(Buffer.from(chunk));
    output.end();
    return lines;
  };

  it('are handed on whole, the last one without its end too', () => {
    expect(linesOf('a\nb', 'c\n', 'd')).toEqual(['a', 'bc', 'd']);
  });

  it('are handed on in pieces where they have no end', () => {
    expect(linesOf('x'.repeat(70_000), 'x'.repeat(70_000), 'y').map(({ length }) => length)).toEqual([
      70_000, 70_000, 1,
    ]);
  });
});
