import { configFlag, defineCommand } from '../command.ts';
import type { Check, Mendable } from '../doctor/check.ts';
import { hang, renderCheck } from '../doctor/render-check.ts';
import { describeError } from '../errors.ts';
import { showProgress } from '../progress.ts';
import { note, writeOut, writeText } from '../terminal.ts';

const timeoutMs = 8_000;

/** Mends what can be, and tells of it in the place of what was found. */
const mendAll = (checks: readonly Mendable[]): Promise<readonly Check[]> =>
  Promise.all(
    checks.map(async ({ mend, ...check }): Promise<Check> => {
      if (mend === undefined) return check;
      try {
        await mend();
        return { code: check.code, status: 'ok', text: `${check.text} Mended.` };
      } catch (error) {
        return {
          ...check,
          status: 'fail',
          text: `${check.text} It could not be mended: ${describeError(error).message}`,
        };
      }
    }),
  );

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'Check the whole set-up, and say how to mend it',
  description: `Looks at Node, the installation, the configuration, providers and their keys, plugins, folders and disk, the cache, the
gateway's port, the clock, proxies and shell completions. Every finding has a code that stays, and a line that says what to do.
The exit code is 1 where something fails. --fix makes missing folders, and takes other users' rights away from those of Hotpath.`,
  flags: {
    fix: { type: 'boolean', description: 'Mend what can be mended without loss' },
    json: { type: 'boolean', description: 'Print one JSON object' },
    config: configFlag,
  },
  examples: [
    'hotpath doctor',
    'hotpath doctor --fix',
    'hotpath doctor --json | jq \'.checks[] | select(.status != "ok")\'',
  ],
  async run({ flags, signal, catalogue }) {
    const { examine } = await import('../doctor/examine.ts');
    const progress = showProgress();
    const found = await examine({
      configFile: flags.config,
      timeoutMs,
      catalogue,
      signal,
      tell: (text) => progress.report(text),
    }).finally(() => progress.end());
    signal.throwIfAborted();
    const checks = flags.fix ? await mendAll(found) : found.map(({ mend: _, ...check }) => check);
    const count = (status: Check['status']): number => checks.filter((check) => check.status === status).length;
    const healthy = count('fail') === 0;
    if (flags.json) {
      await writeOut(`${JSON.stringify({ healthy, checks })}\n`);
    } else {
      await writeText(checks.map(renderCheck).join(''), hang);
      note(`${count('ok')} ok, ${count('warn')} to know, ${count('fail')} to mend.`);
    }
    return healthy ? 0 : 1;
  },
});
