import { reasonOf } from '../errors.ts';
import type { Conflict, Workspace } from '../workspace/workspace.ts';
import { heldCommand } from './hold.ts';
import { runCommand } from './run-command.ts';

/** How the engine names it in the journal. */
export const compensationsName = 'compensations';

export interface Compensation {
  readonly step: string;
  /** The command line that takes back what the step does outside of the workspace. */
  readonly line: string;
  readonly idempotencyKey: string;
}

export interface CompensationsOptions {
  /** Where the command lines run. */
  readonly root: string;
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** How long one may take, milliseconds. @default 60000 */
  readonly timeoutMs?: number | undefined;
}

interface Intent {
  readonly run: string;
  readonly compensations: readonly Compensation[];
}

/**
 * What cannot be taken back by what was there before: a step's `compensate` is written down before the step begins, and run when the
 * run is undone, also where the step was only under way: it must do no harm where there is nothing to take back, nor the second
 * time. One that fails is a conflict, and the rest is undone all the same.
 */
export const compensations = ({
  root,
  env = process.env,
  timeoutMs = 60_000,
}: CompensationsOptions): Workspace<Compensation> => {
  const compensate = async (run: string, { step, line, idempotencyKey }: Compensation): Promise<Conflict[]> => {
    const conflict = (reason: string): Conflict[] => [{ path: step, reason: `could not be compensated: ${reason}` }];
    try {
      const { exitCode, signal, stderr } = await runCommand(heldCommand('group', line), {
        cwd: root,
        env: { ...env, HOTPATH_RUN: run, HOTPATH_STEP: step, HOTPATH_IDEMPOTENCY_KEY: idempotencyKey },
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (exitCode === 0) return [];
      const said = stderr.trim().split('\n').at(-1) ?? '';
      return conflict(`${exitCode === undefined ? signal : `exit code ${exitCode}`}${said === '' ? '' : `, ${said}`}`);
    } catch (error) {
      return conflict(reasonOf(error));
    }
  };
  return {
    name: compensationsName,
    prepare: async (changes, { run }) => JSON.stringify({ run, compensations: changes } satisfies Intent),
    apply: async () => {},
    async undo(intent) {
      const { run, compensations: all } = JSON.parse(intent) as Intent;
      const conflicts: Conflict[] = [];
      for (const each of [...all].reverse()) conflicts.push(...(await compensate(run, each)));
      return conflicts;
    },
    check: async () => [],
    sync: async () => {},
    forget: async () => {},
  };
};
