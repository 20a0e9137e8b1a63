import { nearestName } from '../names/nearest-name.ts';
import { findInputProblems } from '../workflow/inputs.ts';
import type { InputField } from '../workflow/step.ts';
import type { Draft, DraftStep } from './draft.ts';
import { type Finding, finding, type Keys, pointerOf } from './finding.ts';
import { meantOr } from './meant.ts';
import { outputTypeOf, walkType, wordsFor } from './output-type.ts';

/** What is given against what is declared. Values with templates are known later. */
export const checkInputs = (
  declared: Readonly<Record<string, InputField>>,
  given: Readonly<Record<string, unknown>>,
  where: { readonly step?: string; readonly keys: Keys },
): Finding[] => [
  ...findInputProblems(declared, given, (value) => typeof value !== 'string' || !value.includes('${{')).map(
    ({ isMissing, message }) =>
      finding(isMissing ? 'BATCH_INPUT_MISSING' : 'BATCH_INPUT_INVALID', 'error', where, message),
  ),
  ...Object.keys(given).flatMap((name) => {
    const known = Object.keys(declared);
    if (Object.hasOwn(declared, name) || known.length === 0) return [];
    const message = `There is no input "${name}". ${meantOr(nearestName(name, known), known)}`;
    return [finding('BATCH_INPUT_INVALID', 'warning', where, message)];
  }),
];

/** `when` and `map`, as far as can be told before the run. */
export const checkConditions = ({ when, map, step, name, keys }: DraftStep, draft: Draft): Finding[] => {
  const findings: Finding[] = [];
  const nothing = { inputs: {}, env: {}, step: () => undefined };
  if (when !== undefined && when.references.length === 0 && when.evaluate(nothing) === false)
    findings.push(
      finding(
        'BATCH_WHEN_NEVER',
        'warning',
        { step: name, keys: [...keys, 'when'] },
        'It is always false: the step never runs. Take the step out, or its "when".',
      ),
    );
  const where = { step: name, keys: [...keys, 'map'] };
  if (Array.isArray(step.map) && step.map.length === 0)
    findings.push(finding('BATCH_MAP_INVALID', 'warning', where, 'The list is empty: the step does nothing.'));
  if (map === undefined) return findings;
  let isList: boolean | undefined;
  let words = '';
  if (map.references.length === 0) {
    const value = map.evaluate(nothing);
    isList = Array.isArray(value);
    words = wordsFor(value === null ? 'null' : typeof value);
  } else if (/^\w+(?:\.[\w-]+|\['[^']*'\])*$/.test(map.text)) {
    // Only where all of the expression is one name is its type that of the name.
    const [path] = map.references;
    const [context, id = '', field, ...rest] = path ?? [];
    const named = draft.steps[draft.numbers.get(id) ?? -1];
    if (context === 'steps' && field === 'output' && named !== undefined) {
      const walked = walkType(outputTypeOf(named), rest);
      if ('type' in walked && typeof walked.type.type === 'string') {
        isList = walked.type.type === 'array';
        words = wordsFor(walked.type.type);
      }
    }
    const input = context === 'inputs' ? draft.workflow.inputs?.[id] : undefined;
    if (input?.type !== undefined && field === undefined) {
      isList = input.type === 'list';
      words = `a ${input.type}`;
    }
  }
  if (isList === false) {
    const isText = words === 'a text';
    findings.push(
      finding(
        'BATCH_MAP_INVALID',
        'error',
        where,
        `It is ${words}, and must be a list.${isText ? ` Write lines(${map.text}) for a list of its lines.` : ''}`,
        isText && map.references.length > 0
          ? {
              description: 'Take the list of its lines.',
              isSafe: false,
              edit: [{ op: 'replace', path: pointerOf(where.keys), value: `\${{ lines(${map.text}) }}` }],
            }
          : undefined,
      ),
    );
  }
  return findings;
};
