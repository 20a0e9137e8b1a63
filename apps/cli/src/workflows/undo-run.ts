import type { RunRecord, UndoPreview, Workflows } from '@hotpath/runtime/workflows';
import { confirm } from '../confirm.ts';
import { describeError } from '../errors.ts';
import { showTime } from '../figures.ts';
import { oneLine } from '../plain-text.ts';
import { recorded, type TellFailure } from '../telemetry/record.ts';
import { complain, note, writeOut } from '../terminal.ts';
import { withRun } from './find-run.ts';
import type { OpenFlags } from './open.ts';
import { recoveryText } from './report.ts';

interface UndoFlags extends OpenFlags {
  readonly 'dry-run': boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

const verbs = { made: 'remove', changed: 'restore', removed: 'bring back' } as const;
const mostShown = 50;

const describe = ({ id, name, createdAtMs }: RunRecord, { paths, compensations }: UndoPreview): string => {
  const lines = paths
    .slice(0, mostShown)
    .map(
      ({ path, change, steps }) =>
        `  ${verbs[change].padEnd(10)}  ${oneLine(path)}${steps.length === 0 ? '' : `  (${steps.join(', ')})`}\n`,
    );
  const more = paths.length > mostShown ? `  and ${paths.length - mostShown} more\n` : '';
  const head = `Undoing ${oneLine(name)}, run ${id.slice(0, 8)} of ${showTime(createdAtMs)}, would\n`;
  const commands = compensations.map(({ step, line }) => `  ${'run'.padEnd(10)}  ${oneLine(line)}  (${step})\n`);
  const all = `${lines.join('')}${more}${commands.join('')}`;
  return `${head}${all === '' ? '  change nothing\n' : all}`;
};

const toldConflicts = ({ conflicts }: UndoPreview): string =>
  conflicts.map(({ path, reason }) => `\n  ${oneLine(path)} ${reason}`).join('');

const carryOut = async (
  workflows: Workflows,
  run: RunRecord,
  preview: UndoPreview,
  flags: UndoFlags,
  tellFailure: TellFailure,
): Promise<number> => {
  const tell = (fields: object): Promise<void> =>
    flags.json ? writeOut(`${JSON.stringify({ run: run.id, ...fields })}\n`) : Promise.resolve();
  try {
    // What runs left that ended in the middle comes first, this one's or another's: what is undone may be below it.
    const recoveries = await workflows.batch.recover();
    const own = recoveries.find((each) => each.run.id === run.id && each.to === 'undone');
    for (const recovery of recoveries)
      if (recovery !== own) note(recoveryText({ ...recovery, recovered: recovery.run.id }));
    const recovered = recoveries.map(({ run: { id }, ...recovery }) => ({ run: id, ...recovery }));
    const report = own ?? (await workflows.batch.undo(run.id));
    await tell({ undone: true, paths: preview.paths, conflicts: report.conflicts, recovered });
    if (!flags.json) await writeOut(`Undone: ${run.name}, run ${run.id.slice(0, 8)}.\n`);
    for (const { path, reason, keptAt } of report.conflicts)
      complain(
        'BATCH_UNDO_CONFLICT',
        `${path} ${reason}, and was left${keptAt === undefined ? '' : `; what was there before is in ${keptAt}`}.`,
      );
    if (report.conflicts.length === 0) return 0;
    tellFailure({ code: 'BATCH_UNDO_CONFLICT' });
    return 1;
  } catch (error) {
    const { code, message } = describeError(error);
    if (code !== 'BATCH_UNDO_CONFLICT') throw error;
    tellFailure(error);
    await tell({ undone: false, ...preview });
    complain(code, preview.conflicts.length > 5 ? `${message}${toldConflicts(preview)}` : message);
    return 1;
  }
};

/** Resolves to the exit code. */
export const undoRun = async (
  positionals: readonly string[],
  flags: UndoFlags,
  signal: AbortSignal,
): Promise<number> => {
  const options = {
    positionals,
    command: 'undo',
    // Also one that was killed: it is what somebody means who wants back what was there.
    states: ['committed', 'kept', 'paused', 'undoing', 'running'],
    none: 'no finished run',
  } as const;
  return withRun(flags, options, async (workflows, _, run) => {
    const preview = await workflows.previewUndo(run.id);
    if (flags['dry-run']) {
      if (flags.json) await writeOut(`${JSON.stringify({ run: run.id, undone: false, ...preview })}\n`);
      else await writeOut(describe(run, preview));
      if (preview.conflicts.length === 0) return 0;
      complain('BATCH_UNDO_CONFLICT', `it cannot be undone as things stand:${toldConflicts(preview)}`);
      return 1;
    }
    const isSure = flags.yes || preview.conflicts.length > 0;
    if (!isSure) {
      note(describe(run, preview).trimEnd());
      const question = 'Undo it?';
      if (!(await confirm({ what: 'undoing a run', question, command: `undo ${run.id.slice(0, 8)}`, signal }))) {
        note('Nothing was changed.');
        return 1;
      }
    }
    return recorded({ command: 'undo', configFile: flags.config, isJson: flags.json }, (tellFailure) =>
      carryOut(workflows, run, preview, flags, tellFailure),
    );
  });
};
