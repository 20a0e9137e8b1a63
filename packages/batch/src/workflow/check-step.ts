import { checkFields, type FieldProblem, isRecord } from './check-fields.ts';
import { kindFields } from './kind.ts';
import { stepFields } from './schema.ts';
import type { StepKind } from './step.ts';

type Values = Readonly<Record<string, unknown>>;

/** Whether a text in it, at any depth, holds an expression. */
export const holdsTemplate = (value: unknown): boolean => {
  if (typeof value === 'string') return value.includes('${{');
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsTemplate);
};

const checkFileAction = (value: Values): FieldProblem[] => {
  const actions = ['content', 'append', 'find', 'rename', 'delete', 'link', 'folder'];
  const given = actions.filter((name) => value[name] !== undefined && value[name] !== false);
  const problems: FieldProblem[] = [];
  if (given.length > 1)
    problems.push({ keys: [], message: `it says ${given.join(' and ')}: one change a step. Split it.` });
  if (given.length === 0 && value.mode === undefined)
    problems.push({ keys: [], message: `it changes nothing. Give it one of ${actions.join(', ')}, mode.` });
  const [only] = given;
  if (value.mode !== undefined && (only === 'rename' || only === 'delete' || only === 'link'))
    problems.push({ keys: ['mode'], message: `it does not go with "${only}". Make it a step of its own.` });
  for (const [name, wanted] of [
    ['find', 'replace'],
    ['replace', 'find'],
    ['all', 'find'],
  ] as const)
    if (value[name] !== undefined && value[wanted] === undefined)
      problems.push({ keys: [name], message: `it goes with "${wanted}", which is missing.` });
  return problems;
};

/** What the engine goes by before a step's work, or besides: another way is one to do the work. */
const fixedFields = new Set([
  ...['id', 'dependencies', 'reads', 'writes', 'priority', 'durationMs', 'when', 'map', 'timeoutMs', 'resources'],
  ...['retry', 'retries', 'retryDelayMs', 'memo', 'compensate', 'otherwise', 'idempotencyKey'],
]);

/** Other ways are fields of the same kind of step. */
const checkOtherWays = (kind: StepKind, { otherwise: ways, call }: Values): FieldProblem[] => {
  if (!Array.isArray(ways)) return [];
  const names = stepFields[kind].names.filter((name) => !fixedFields.has(name));
  const own = Object.keys(kindFields).find((field) => kindFields[field] === kind) ?? '';
  return ways.flatMap((way, at) => {
    if (!isRecord(way)) return [];
    const stays = Object.keys(way).filter((name) => fixedFields.has(name));
    const work = Object.fromEntries(Object.entries(way).filter(([name]) => !fixedFields.has(name)));
    const found = checkFields({ [own]: 'as before', ...work }, { ...stepFields[kind], names }, 'step');
    return [
      ...stays.map((name) => ({
        keys: [name],
        message: 'it holds for all ways of a step. Put it on the step itself.',
      })),
      ...(way.call !== undefined && (typeof way.call === 'function' || typeof call === 'function')
        ? [{ keys: ['call'], message: 'other ways are told by name. Hand the functions in, and write their names.' }]
        : []),
      // What it does not say stays as it is.
      ...found.filter(({ keys }) => Object.hasOwn(work, keys[0] as string)),
    ].map((problem) => ({ ...problem, keys: ['otherwise', at, ...problem.keys] }));
  });
};

/** What no field can tell alone. */
export const checkStep = (kind: StepKind, value: Values): readonly FieldProblem[] => [
  ...(kind === 'file' ? checkFileAction(value) : []),
  ...(kind === 'json' && value.set === undefined && value.remove === undefined && value.merge === undefined
    ? [{ keys: [], message: 'it changes nothing. Give it one of set, remove, merge.' }]
    : []),
  ...checkOtherWays(kind, value),
  ...['call', 'schema', 'dependencies', 'resources']
    .filter((name) => holdsTemplate(value[name]))
    .map((name) => ({
      keys: [name],
      message: 'it is read before anything runs: templates in it are not filled in. Write it out.',
    })),
  ...(typeof value.call === 'function' && value.memo === true
    ? [
        {
          keys: ['memo'],
          message: 'what a function does is not known by its text. Hand it in, and write its name under "call".',
        },
      ]
    : []),
];
