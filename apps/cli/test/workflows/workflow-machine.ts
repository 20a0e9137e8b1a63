import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { freshMachine, type Machine, type Outcome } from '../built.ts';

export interface RunLine {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly error?: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

export interface WorkflowMachine extends Machine {
  /** The folder whose files are changed. */
  readonly root: string;
  file(path: string, text: string, mode?: number): void;
  text(path: string): string;
  /** What stands below the root: kind, mode and content by path. */
  tree(): Readonly<Record<string, string>>;
  /** A command over the root. */
  over(args: readonly string[], options?: Parameters<Machine['run']>[1]): Promise<Outcome>;
  runs(): Promise<readonly RunLine[]>;
}

/** A machine with a folder to run workflows over. */
export const workflowMachine = (): WorkflowMachine => {
  const machine = freshMachine();
  const root = join(machine.folder, 'project');
  mkdirSync(root);
  const over: WorkflowMachine['over'] = (args, options) => machine.run([...args, '--root', 'project'], options);
  return {
    ...machine,
    root,
    over,
    file(path, text, mode = 0o644) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text, { mode });
    },
    text: (path) => readFileSync(join(root, path), 'utf8'),
    tree() {
      const found: Record<string, string> = {};
      const visit = (folder: string): void => {
        for (const name of readdirSync(join(root, folder)).sort()) {
          const path = join(folder, name);
          const status = lstatSync(join(root, path));
          const mode = (status.mode & 0o7777).toString(8);
          if (status.isDirectory()) {
            found[path] = `folder ${mode}`;
            visit(path);
          } else if (status.isSymbolicLink()) found[path] = `link ${readlinkSync(join(root, path))}`;
          else
            found[path] = `file ${mode} ${createHash('sha256')
              .update(readFileSync(join(root, path)))
              .digest('hex')}`;
        }
      };
      visit('');
      return found;
    },
    async runs() {
      const { stdout } = await over(['history', '--json']);
      return (JSON.parse(stdout) as { readonly runs: readonly RunLine[] }).runs;
    },
  };
};

/** Events of `--json`. */
export const eventsIn = ({ stdout }: Pick<Outcome, 'stdout'>): readonly Readonly<Record<string, unknown>>[] =>
  stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
