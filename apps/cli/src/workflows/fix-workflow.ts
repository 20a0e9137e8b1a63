import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Workflow, Workflows } from '@hotpath/runtime/workflows';
import { parseDocument } from 'yaml';
import { replaceFile } from '../config/replace-file.ts';
import { confirm } from '../confirm.ts';
import { fileUnusable } from '../errors.ts';
import { note, styledError } from '../terminal.ts';
import { readInputs } from './read-inputs.ts';

interface FixFlags {
  readonly input: readonly string[];
  readonly inputs: string | undefined;
  readonly yes: boolean;
}

/** A fix may lay bare what another mends. */
const mostRounds = 5;

const painted = (diff: string): string =>
  diff
    .split('\n')
    .map((line) => {
      if (/^\+(?!\+\+)/.test(line)) return styledError('green', line);
      return /^-(?!--)/.test(line) ? styledError('red', line) : line;
    })
    .join('\n');

/** As it is written, also where it is no workflow yet. */
const parse = (text: string): unknown => {
  const document = parseDocument(text, { merge: true, logLevel: 'silent' });
  return document.errors.length > 0 ? undefined : document.toJS();
};

/** Mends a workflow file, with the safe fixes of what is wrong with it, after it was shown how and somebody has said yes. */
export const fixWorkflow = async (
  workflows: Workflows,
  path: string,
  flags: FixFlags,
  signal: AbortSignal,
): Promise<void> => {
  if (!['.yaml', '.yml', '.json'].includes(extname(path).toLowerCase())) {
    note('--fix mends YAML and JSON alone.');
    return;
  }
  const { applyFixes } = await import('@hotpath/runtime/workflows');
  const before = await readFile(path, 'utf8').catch((error) => {
    throw fileUnusable(path, error);
  });
  let text = before;
  let count = 0;
  const diffs: string[] = [];
  for (let round = 0; round < mostRounds; round += 1) {
    const value = parse(text);
    // What is no YAML at all is told where it is read.
    if (typeof value !== 'object' || value === null) return;
    const inputs = await readInputs(flags, value as Workflow, 'plan');
    const fixed = await applyFixes(text, await workflows.validate(value, { inputs }), { file: path });
    if (fixed.applied.length === 0) break;
    for (const { fix } of fixed.applied) note(`fix: ${fix?.description}`);
    text = fixed.text;
    diffs.push(fixed.diff);
    count += fixed.applied.length;
  }
  if (text === before) {
    note('There is nothing that can be mended safely.');
    return;
  }
  for (const diff of diffs) note(painted(diff.trimEnd()));
  const question = `Write ${count === 1 ? 'this' : `these ${count} fixes`} to ${path}?`;
  const isSure =
    flags.yes || (await confirm({ what: 'changing the workflow', question, command: `plan ${path} --fix`, signal }));
  if (!isSure) {
    note('Nothing was changed.');
    return;
  }
  await replaceFile(path, text, { before, check: async () => {} });
};
