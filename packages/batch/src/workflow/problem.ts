/** One thing that is wrong with a workflow as it is written. */
export interface WorkflowProblem {
  /** As `steps[3].timeoutMs`; empty for the document itself. */
  readonly path: string;
  /** The same, key by key. */
  readonly keys: readonly (string | number)[];
  /** Id of the step it is in, where that has one. */
  readonly step?: string | undefined;
  /** What was found, what is allowed, and what was probably meant. */
  readonly message: string;
  /** The name that was probably meant, of a field that is not known. */
  readonly meant?: string | undefined;
  /** In the text of the document, from 1. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** Keys as one writes them in code: `steps[3].env.PATH`. */
export const formatPath = (keys: readonly (string | number)[]): string =>
  keys
    .map((key) => {
      if (typeof key === 'number') return `[${key}]`;
      return /^[A-Za-z_$][\w$-]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
    })
    .join('')
    .replace(/^\./, '');
