import { join, resolve } from 'node:path';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { showDuration } from '../figures.ts';
import { openOutput } from '../output-file.ts';
import { type FunctionTime, topFunctions } from '../profile/frames.ts';
import { note, styledError, warn } from '../terminal.ts';

const topCount = 10;

const renderTop = (functions: readonly FunctionTime[]): string =>
  functions
    .map(({ name, place, selfUs, share }) => {
      const percent = `${(share * 100).toFixed(1)}%`.padStart(6);
      return `${percent}  ${showDuration(selfUs / 1000).padStart(9)}  ${name}${place === '' ? '' : `  ${styledError('dim', place)}`}`;
    })
    .join('\n');

const timestamp = (): string => new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');

export const profile = defineCommand({
  name: 'profile',
  summary: 'Run a command and show where its processor time goes',
  argument: '[--] <command> [arguments…]',
  description: `Profiles every Node process and worker thread of the command. Writes a .cpuprofile each, for the developer tools of
browsers and editors, and flamegraph.html: one page with search and zoom that needs no network. The command is a script of
Node's, "hotpath" and its arguments, or any program. Terminal, signals and the exit code pass through; the ten functions that
took most time themselves are told on standard error.`,
  flags: {
    output: {
      type: 'string',
      short: 'o',
      value: 'folder',
      description: 'Where the files go (default: hotpath-profile-<time>)',
    },
    interval: {
      type: 'number',
      value: 'µs',
      integer: true,
      between: [50, 1_000_000],
      description: 'Microseconds between two samples (default: 1000)',
    },
    'summary-json': { type: 'string', value: 'file', description: 'Write what took most time to a file, as JSON' },
    quiet: { type: 'boolean', short: 'q', description: 'Say nothing after the command' },
    json: { type: 'boolean', description: 'Tell it as one JSON object, the last line of standard error' },
  },
  examples: [
    'hotpath profile -- server.js',
    'hotpath profile -- hotpath ask "Why is the sky blue?"',
    'hotpath profile --output profiles --interval 200 -- npm test',
  ],
  ownSignals: true,
  passesThrough: true,
  async run({ flags, positionals }) {
    const [program, ...args] = positionals;
    if (program === undefined) throw usageError('There is no command to run.', 'profile');
    const { readRecordings, record } = await import('../profile/record.ts');
    const folder = resolve(flags.output ?? `hotpath-profile-${timestamp()}`);
    const exitCode = await record({ program, args, folder, intervalUs: flags.interval ?? 1_000 });
    const recordings = await readRecordings(folder);
    if (recordings.length === 0) {
      if (flags.json) {
        const nothing = { exitCode, folder, page: null, processes: 0, totalMs: 0, top: [] };
        process.stderr.write(`${JSON.stringify(nothing)}\n`);
      } else warn(`nothing was profiled: no process of Node's has ended in ${folder}, other than by SIGKILL.`);
      return exitCode;
    }
    const { renderFlamegraph } = await import('../profile/flamegraph.ts');
    const { showCommand } = await import('../profile/show-command.ts');
    const page = join(folder, 'flamegraph.html');
    const output = await openOutput(page);
    await output.write(renderFlamegraph(showCommand([program, ...args]), recordings, process.cwd()));
    await output.finish();
    const roots = recordings.map(({ root }) => root);
    const top = topFunctions(roots, process.cwd(), topCount);
    const totalMs = roots.reduce((sum, { totalUs }) => sum + totalUs, 0) / 1000;
    const summaryText = `${JSON.stringify({ exitCode, folder, page, processes: recordings.length, totalMs, top })}\n`;
    if (flags['summary-json'] !== undefined) {
      const summary = await openOutput(flags['summary-json']);
      await summary.write(summaryText);
      await summary.finish();
    }
    if (flags.json) process.stderr.write(summaryText);
    else if (!flags.quiet) {
      const processes = recordings.length === 1 ? '1 process' : `${recordings.length} processes and threads`;
      note(
        `${styledError('bold', `Most time by itself, of ${showDuration(totalMs)} in ${processes}`)}\n${renderTop(top)}\n${page}`,
      );
    }
    return exitCode;
  },
});
