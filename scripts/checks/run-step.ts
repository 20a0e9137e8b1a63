import { spawn } from 'node:child_process';
import { root } from '../workspace.mjs';
import type { Step } from './steps.ts';

/** How a step ended. `output` is what it printed, empty where it was shown as it came. */
export interface StepResult {
  readonly step: Step;
  readonly code: number;
  readonly durationMs: number;
  readonly output: string;
}

const runCommand = (command: readonly string[], isShown: boolean, environment: NodeJS.ProcessEnv) =>
  new Promise<{ code: number; output: string }>((resolve, reject) => {
    const [name = '', ...args] = command;
    const child = spawn(name, args, {
      cwd: root,
      env: environment,
      stdio: isShown ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });

/** Runs the commands of a step until one fails. `args` go to a vitest run. */
export const runStep = async (step: Step, args: readonly string[], totalsPath: string): Promise<StepResult> => {
  const isShown = step.tests === true;
  const startedAt = performance.now();
  const environment = {
    ...process.env,
    TURBO_TELEMETRY_DISABLED: '1',
    HOTPATH_TEST_TOTALS: totalsPath,
    ...(process.stdout.isTTY && { FORCE_COLOR: '1' }),
  };
  let last = { code: 0, output: '' };
  for (const command of step.commands) {
    last = await runCommand(isShown ? [...command, ...args] : command, isShown, environment);
    if (last.code !== 0) break;
  }
  return { step, ...last, durationMs: performance.now() - startedAt };
};
