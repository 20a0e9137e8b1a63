import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { compileWorkflow, createPlan, nodeWorld, type Workflow } from '@hotpath/batch';
import { onTestFinished } from 'vitest';

export interface Folders {
  readonly root: string;
  readonly state: string;
  write(path: string, content: string): void;
  read(path: string): string;
  /** Content, mode and time of every file; what Git keeps for itself is left out. */
  tree(): Readonly<Record<string, string>>;
}

/** A root with these files in it, and a folder for the state of the engine, until the test has ended. */
export const makeFolders = (files: Readonly<Record<string, string>>): Folders => {
  const folder = mkdtempSync(join(tmpdir(), 'hotpath-example-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [root, state] = [join(folder, 'root'), join(folder, 'state')];
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  for (const [path, content] of Object.entries(files)) write(path, content);
  const describe = (path: string): string => {
    const { mode, mtimeMs } = statSync(join(root, path));
    return `${mode.toString(8)} ${mtimeMs} ${readFileSync(join(root, path), 'utf8')}`;
  };
  return {
    root,
    state,
    write,
    read: (path) => readFileSync(join(root, path), 'utf8'),
    tree: () => {
      const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort();
      const shown = paths.filter(
        (path) => !/^\.(?:git|hotpath)(?:\/|$)/.test(path) && statSync(join(root, path)).isFile(),
      );
      return Object.fromEntries(shown.map((path) => [path, describe(path)]));
    },
  };
};

/** What a plan of the workflow has against it. */
export const findingsOf = async (
  root: string,
  workflow: Workflow,
  inputs: Readonly<Record<string, unknown>>,
  functions: readonly string[] = [],
): Promise<readonly string[]> => {
  const plan = await createPlan(await compileWorkflow(workflow), { world: nodeWorld({ root }), inputs, functions });
  return plan.findings.map(({ severity, message }) => `${severity}: ${message}`);
};
