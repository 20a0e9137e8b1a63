import { nearestName } from '../names/nearest-name.ts';
import { checkConditions, checkInputs } from './check-inputs.ts';
import type { Draft, DraftStep } from './draft.ts';
import { type Finding, type Fix, finding, type Keys, pointerOf } from './finding.ts';
import { meantOr } from './meant.ts';
import { outputTypeOf, walkType, wordsFor } from './output-type.ts';

const valueAt = (document: unknown, keys: Keys): unknown =>
  keys.reduce<unknown>(
    (value, key) => (value as Readonly<Record<string | number, unknown>> | undefined)?.[key],
    document,
  );

/** Writes another name in the place of one within an expression of a field. */
const renaming = (
  root: unknown,
  keys: Keys,
  from: string,
  to: string | undefined,
  isSafe: boolean,
): Fix | undefined => {
  const text = valueAt(root, keys);
  if (to === undefined || typeof text !== 'string') return undefined;
  const word = new RegExp(`(?<=\\.)${from.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w-])`, 'g');
  const value = text.replaceAll(word, () => to);
  if (value === text) return undefined;
  return {
    description: `Write "${to}" for "${from}".`,
    isSafe,
    edit: [{ op: 'replace', path: pointerOf(keys), value }],
  };
};

const checkDependencies = (draft: Draft, root: unknown): Finding[] => {
  const known = new Set(draft.ids);
  return draft.steps.flatMap(({ step, name, keys }) =>
    (step.dependencies ?? []).flatMap((dependency, at) => {
      if (known.has(dependency)) return [];
      const meant = nearestName(dependency, draft.ids, step.id);
      const own = [...keys, 'dependencies', at];
      const fix: Fix | undefined =
        meant === undefined || valueAt(root, own) !== dependency
          ? undefined
          : {
              description: `Depend on "${meant}".`,
              isSafe: true,
              edit: [{ op: 'replace', path: pointerOf(own), value: meant }],
            };
      const message = `There is no step "${dependency}" to depend on. ${meantOr(meant, draft.ids)}`;
      return [finding('BATCH_STEP_UNKNOWN', 'error', { step: name, keys: own }, message, fix)];
    }),
  );
};

const checkCycles = (draft: Draft): Finding[] =>
  draft.cycles.map((cycle) => {
    const nameOf = (number: number): string => draft.steps[number]?.id ?? '';
    const hops = cycle.map(({ from, to, why }) =>
      why === 'template'
        ? `"${nameOf(to)}" uses what "${nameOf(from)}" comes to`
        : `"${nameOf(to)}" depends on "${nameOf(from)}"`,
    );
    const declared = cycle.filter(({ why }) => why === 'declared');
    const [only] = declared;
    const late = only === undefined ? undefined : draft.steps[only.to];
    const at = only === undefined ? -1 : (late?.step.dependencies ?? []).indexOf(nameOf(only.from));
    // What a template uses cannot be had before it is there: the one dependency that is only declared must be wrong.
    const fix: Fix | undefined =
      declared.length === 1 && cycle.length > 1 && late !== undefined && at >= 0
        ? {
            description: `Take the dependency of "${late.id}" on "${nameOf(only?.from ?? 0)}" out.`,
            isSafe: false,
            edit: [{ op: 'remove', path: pointerOf([...late.keys, 'dependencies', at]) }],
          }
        : undefined;
    const first = late ?? draft.steps[cycle[0]?.to ?? 0];
    return finding(
      'BATCH_CYCLE',
      'error',
      { step: first?.name, ...(first !== undefined && { keys: [...first.keys, 'dependencies'] }) },
      `No order is possible: ${hops.join(', ')}. Take one of these out.`,
      fix,
    );
  });

const checkStepReference = (
  draft: Draft,
  from: DraftStep,
  keys: Keys,
  path: readonly string[],
  root: unknown,
): Finding[] => {
  const [, id, field, ...rest] = path;
  if (id === undefined || id === '*') return [];
  const where = { step: from.name, keys };
  const named = draft.steps[draft.numbers.get(id) ?? -1];
  if (named === undefined) {
    if (draft.ids.includes(id)) return [];
    const meant = nearestName(id, draft.ids, from.id);
    const message = `There is no step "${id}" whose output could be used. ${meantOr(meant, draft.ids)}`;
    return [finding('BATCH_STEP_UNKNOWN', 'error', where, message, renaming(root, keys, id, meant, true))];
  }
  if (field === undefined) return [];
  if (field !== 'output' && field !== 'state') {
    const meant = nearestName(field, ['output', 'state']);
    const message = `A step has "output" and "state", and no "${field}". ${meantOr(meant, ['output', 'state'])}`;
    return [finding('BATCH_REFERENCE_UNKNOWN', 'error', where, message, renaming(root, keys, field, meant, true))];
  }
  const walked = walkType(field === 'state' ? { type: 'string' } : outputTypeOf(named), rest);
  if (!('missing' in walked)) return [];
  const { missing, within, known } = walked;
  const meant = nearestName(missing, known);
  const message =
    known.length > 0
      ? `What "${id}" comes to has no "${missing}". ${meantOr(meant, known)}`
      : `What "${id}" comes to is ${wordsFor(within.type)} there, and has no "${missing}". ${'run' in named.step && within.type === 'string' ? 'Set its output to "json".' : 'Use it as it is.'}`;
  return [finding('BATCH_REFERENCE_UNKNOWN', 'error', where, message, renaming(root, keys, missing, meant, true))];
};

/** What steps name of each other and of inputs, and whether there is an order for it. */
export const checkReferences = (
  draft: Draft,
  root: unknown,
  given: Readonly<Record<string, unknown>>,
  isInner = false,
): Finding[] => {
  const declared = draft.workflow.inputs ?? {};
  const known = [...new Set([...Object.keys(declared), ...Object.keys(given)])];
  const ofSteps = draft.steps.flatMap((step): Finding[] => {
    const seen = new Set<string>();
    const ofExpressions = step.expressions.flatMap(({ expression, keys }) =>
      expression.references.flatMap((path): Finding[] => {
        const key = JSON.stringify([keys, path]);
        if (seen.has(key)) return [];
        seen.add(key);
        const [context, name] = path;
        if (context === 'steps') return checkStepReference(draft, step, keys, path, root);
        if ((context === 'item' || context === 'index') && step.step.map === undefined && !isInner)
          return [
            finding(
              'BATCH_REFERENCE_UNKNOWN',
              'error',
              { step: step.name, keys },
              `"${context}" is there only in a step that runs for each item of a list. Give it "map".`,
            ),
          ];
        if (context !== 'inputs' || name === undefined || name === '*' || known.includes(name)) return [];
        const meant = nearestName(name, known);
        const message = `There is no input "${name}". ${meantOr(meant, known)}`;
        return [
          finding(
            'BATCH_REFERENCE_UNKNOWN',
            'error',
            { step: step.name, keys },
            message,
            renaming(root, keys, name, meant, true),
          ),
        ];
      }),
    );
    if (step.inner === undefined) return [...ofExpressions, ...checkConditions(step, draft)];
    const { with: values = {} } = step.step as { readonly with?: Readonly<Record<string, unknown>> };
    return [
      ...ofExpressions,
      ...checkConditions(step, draft),
      ...checkReferences(step.inner, root, values, true).map((each) =>
        each.code === 'BATCH_INPUT_MISSING' || each.code === 'BATCH_INPUT_INVALID'
          ? { ...each, step: each.step ?? step.name }
          : each,
      ),
    ];
  });
  return [
    ...checkInputs(declared, given, { keys: [...draft.keys, 'inputs'] }),
    ...checkDependencies(draft, root),
    ...checkCycles(draft),
    ...ofSteps,
  ];
};
