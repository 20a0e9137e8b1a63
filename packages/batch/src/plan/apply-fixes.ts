import { extname } from 'node:path';
import type { Finding } from './finding.ts';

export interface FixOptions {
  /** Named in the diff; `.json` at its end means JSON. @default 'workflow.yaml' */
  readonly file?: string | undefined;
  /** Which fixes somebody has said yes to. @default those that are safe */
  readonly isWanted?: ((finding: Finding) => boolean) | undefined;
}

export interface FixedDocument {
  readonly text: string;
  /** Unified; empty where nothing changed. */
  readonly diff: string;
  readonly applied: readonly Finding[];
  /** Those that were wanted and do not fit the document, as what is wrong in another file. */
  readonly skipped: readonly Finding[];
}

/** Carries out the fixes of findings on the text of a workflow. Comments and form stay. Validate again after it: a fix may lay bare more. */
export const applyFixes = async (
  text: string,
  findings: readonly Finding[],
  options: FixOptions = {},
): Promise<FixedDocument> => {
  const { file = 'workflow.yaml', isWanted = ({ fix }: Finding) => fix?.isSafe === true } = options;
  const [{ editText }, { createTwoFilesPatch }] = await Promise.all([import('./edit-text.ts'), import('diff')]);
  const isJson = extname(file).toLowerCase() === '.json';
  const applied: Finding[] = [];
  const skipped: Finding[] = [];
  let fixed = text;
  for (const finding of findings) {
    if (finding.fix === undefined || !isWanted(finding)) continue;
    const edited = editText(fixed, finding.fix.edit, isJson);
    if (edited !== undefined) fixed = edited;
    (edited === undefined ? skipped : applied).push(finding);
  }
  const diff = fixed === text ? '' : createTwoFilesPatch(`a/${file}`, `b/${file}`, text, fixed, '', '');
  return { text: fixed, diff, applied, skipped };
};
