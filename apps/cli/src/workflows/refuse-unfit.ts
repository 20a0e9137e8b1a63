import type { Finding, Plan, Workflow } from '@hotpath/runtime/workflows';
import { CliError } from '../errors.ts';
import { warn } from '../terminal.ts';

const examples = { string: '…', number: '1', boolean: 'true', list: `'["…"]'`, object: `'{"…": "…"}'` } as const;

/** How the inputs that are required, and missing, are given; empty where none is. */
export const missingInputs = (
  { inputs: declared = {} }: Pick<Workflow, 'inputs'>,
  given: Readonly<Record<string, unknown>>,
): string =>
  Object.entries(declared)
    .filter(([name, { required, default: own }]) => required === true && given[name] === undefined && own === undefined)
    .map(([name, { type = 'string' }]) => `--input ${name}=${examples[type]}`)
    .join(' ');

const placeOf = ({ step, field, message }: Finding): string =>
  `${[field, step === undefined ? '' : `(step "${step}")`].filter(Boolean).join(' ')}${field || step ? ': ' : ''}${message}`;

/** Warnings are told; throws `CLI_WORKFLOW_UNFIT` with all errors at once. `missing`: a command that gives the inputs that are. */
export const refuseUnfit = ({ findings }: Pick<Plan, 'findings'>, path: string, missing = ''): void => {
  for (const finding of findings) if (finding.severity === 'warning') warn(placeOf(finding));
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return;
  const lines = errors.map((finding) => `\n  ${placeOf(finding)}`).join('');
  const isFixable = errors.some(({ fix }) => fix !== undefined);
  const next = [
    missing === '' ? '' : `\nGive what is missing: ${missing}`,
    isFixable ? `\n"hotpath plan ${path} --fix" mends what can be mended safely.` : '',
  ];
  throw new CliError('CLI_WORKFLOW_UNFIT', `${path} would fail, and nothing was run:${lines}${next.join('')}`);
};
