import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, extname, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { workflowCycle, workflowInvalid, workflowUnreadable } from '../errors/workflow-files.ts';
import { BatchError, reasonOf } from '../errors.ts';
import { findProblems } from './check.ts';
import { type ReadOptions, readWorkflow } from './read.ts';
import type { Step, Workflow } from './step.ts';

export interface LoadOptions extends Pick<ReadOptions, 'maxBytes'> {
  /** Where a relative path starts. @default the working folder */
  readonly from?: string | undefined;
}

export interface LoadedWorkflow {
  /** With those it runs in place of their paths. */
  readonly workflow: Workflow;
  /** Absolute. */
  readonly file: string;
  /** As it stands in the file; `undefined` for a module. */
  readonly text: string | undefined;
  /** Of it and of all workflows within, absolute. */
  readonly files: readonly string[];
}

const modules = new Set(['.ts', '.mts', '.js', '.mjs']);
const documents = new Set(['.yaml', '.yml', '.json']);

const readModule = async (file: string): Promise<Workflow> => {
  let module: { readonly default?: unknown };
  try {
    module = await import(pathToFileURL(file).href);
  } catch (error) {
    throw workflowUnreadable(file, `${reasonOf(error)}.`.replace(/\.\.$/, '.'), { cause: error });
  }
  const value = await module.default;
  if (value === undefined)
    throw workflowUnreadable(file, 'it has no default export. Write `export default defineWorkflow({ ... })`.');
  const problems = findProblems(value);
  if (problems.length > 0) throw workflowInvalid(problems, file);
  return value as Workflow;
};

const readText = async (file: string, maxBytes: number | undefined): Promise<string> => {
  try {
    const { size } = await stat(file);
    // More characters than bytes there are not: what is too large for a look need not be read.
    if (maxBytes !== undefined && size > maxBytes * 4)
      throw workflowUnreadable(file, `it has ${size} bytes. Split it into workflows that run each other.`);
    return await readFile(file, 'utf8');
  } catch (error) {
    if (BatchError.isInstance(error)) throw error;
    const isMissing = (error as { code?: unknown }).code === 'ENOENT';
    throw workflowUnreadable(file, isMissing ? 'there is no such file. Check the path.' : `${reasonOf(error)}.`, {
      cause: error,
    });
  }
};

class Loader {
  readonly loaded = new Map<string, Workflow>();
  readonly #maxBytes: number | undefined;

  constructor(maxBytes: number | undefined) {
    this.#maxBytes = maxBytes;
  }

  /** `above`: files that are being read, from the first. */
  async load(
    named: string,
    above: readonly string[],
  ): Promise<{ workflow: Workflow; text: string | undefined; file: string }> {
    const extension = extname(named).toLowerCase();
    if (!modules.has(extension) && !documents.has(extension))
      throw workflowUnreadable(named, 'its name must end in .yaml, .yml, .json, .ts, .mts, .js or .mjs.');
    // Two paths may lead to one file: a circle is one of files.
    const file = await realpath(named).catch(() => named);
    const at = above.indexOf(file);
    if (at >= 0) {
      const folder = dirname(above[0] as string);
      throw workflowCycle([...above.slice(at), file].map((each) => relative(folder, each)));
    }
    const known = this.loaded.get(file);
    if (known !== undefined) return { workflow: known, text: undefined, file };
    const text = modules.has(extension) ? undefined : await readText(file, this.#maxBytes);
    const own =
      text === undefined ? await readModule(file) : await readWorkflow(text, { file, maxBytes: this.#maxBytes });
    const workflow = await this.#withInner(own, file, [...above, file]);
    this.loaded.set(file, workflow);
    return { workflow, text, file };
  }

  async #withInner(workflow: Workflow, file: string, above: readonly string[]): Promise<Workflow> {
    const steps: Step[] = [];
    for (const step of workflow.steps) {
      if (!('workflow' in step)) {
        steps.push(step);
        continue;
      }
      const inner =
        typeof step.workflow === 'string'
          ? (await this.load(resolve(dirname(file), step.workflow), above)).workflow
          : await this.#withInner(step.workflow, file, above);
      steps.push({ ...step, workflow: inner });
    }
    return workflow.steps.some((step) => 'workflow' in step) ? { ...workflow, steps } : workflow;
  }
}

/**
 * Reads a workflow from a `.yaml`, `.yml` or `.json` file, or from the default export of a `.ts`, `.js` or `.mjs` module, and those
 * it names by paths from its own file. Rejects with `BATCH_WORKFLOW_UNREADABLE`, `BATCH_WORKFLOW_INVALID`, and with
 * `BATCH_WORKFLOW_CYCLE` where workflows run each other in a circle.
 */
export const loadWorkflow = async (path: string, options: LoadOptions = {}): Promise<LoadedWorkflow> => {
  const loader = new Loader(options.maxBytes);
  const { workflow, text, file } = await loader.load(resolve(options.from ?? '.', path), []);
  return { workflow, file, text, files: [...loader.loaded.keys()] };
};
