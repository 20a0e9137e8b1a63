import { nearestName } from '../names/nearest-name.ts';
import type { ResourceLimits } from '../run/pools.ts';
import { parseDemand } from '../run/pools.ts';
import type { Draft, DraftStep } from './draft.ts';
import { type Finding, type FindingCode, finding, pointerOf } from './finding.ts';
import type { World } from './world.ts';

/** What there is for steps to call. What is not handed in is not checked. */
export interface KnownNames {
  readonly agents?: readonly string[] | undefined;
  /** Whether a name that the workflow has no settings for is an agent all the same: of that there is then a warning. @default false */
  readonly hasDefaultAgent?: boolean | undefined;
  readonly functions?: readonly string[] | undefined;
  readonly models?: readonly string[] | undefined;
  readonly limits?: Readonly<Record<string, ResourceLimits>> | undefined;
}

/** Of POSIX shells and bash: what no file on the PATH stands for. */
const builtins = new Set(
  '. : [ [[ alias bg bind break builtin caller case cd command compgen complete continue coproc declare dirs disown do done echo elif else enable esac eval exec exit export false fc fg fi for function getopts hash help history if in jobs kill let local logout mapfile popd printf pushd pwd read readarray readonly return select set shift shopt source suspend test then time times trap true type typeset ulimit umask unalias unset until wait while { } !'.split(
    ' ',
  ),
);

/** The command that a line calls first, where it is written out. */
export const firstCommand = (line: string): string | undefined => {
  const found =
    /^\s*(?:[A-Za-z_]\w*=(?:'[^']*'|"[^"$`]*"|[^\s'"$`\\;&|<>(){}]*)\s+)*(?<word>[^\s'"$`\\;&|<>(){}#*?~]+)(?=$|[\s;&|<>)])/.exec(
      line,
    );
  const word = found?.groups?.word;
  return word === undefined || /^[A-Za-z_]\w*=/.test(word) ? undefined : word;
};

const all = (draft: Draft): readonly DraftStep[] =>
  draft.steps.flatMap((step) => (step.inner === undefined ? [step] : [step, ...all(step.inner)]));

const unknownName = (
  { name, keys }: DraftStep,
  field: string,
  value: string,
  known: readonly string[] | undefined,
  words: { readonly code: FindingCode; readonly what: string; readonly isSafe: boolean },
): Finding[] => {
  if (known === undefined || known.includes(value) || value.includes('${{')) return [];
  const meant = nearestName(value, known);
  const own = [...keys, field];
  const rest =
    meant === undefined ? `There are: ${known.slice(0, 20).join(', ') || 'none'}.` : `Did you mean "${meant}"?`;
  return [
    finding(
      words.code,
      'error',
      { step: name, keys: own },
      `There is no ${words.what} "${value}". ${rest}`,
      meant === undefined
        ? undefined
        : {
            description: `Write "${meant}" for "${value}".`,
            isSafe: words.isSafe,
            edit: [{ op: 'replace', path: pointerOf(own), value: meant }],
          },
    ),
  ];
};

const checkCommand = async (step: DraftStep, draft: Draft, world: World): Promise<Finding[]> => {
  if (!('run' in step.step)) return [];
  const { run, cwd } = step.step;
  const word = firstCommand(run);
  if (word === undefined || builtins.has(word)) return [];
  const keys = [...step.keys, 'run'];
  const where = { step: step.name, keys };
  if (word.includes('/')) {
    const path = word.startsWith('/') || cwd === undefined ? word : `${cwd}/${word}`;
    const isMade = draft.steps.some(({ touches }) => touches.writes.length > 0);
    if (cwd?.includes('${{') === true || (await world.exists(path))) return [];
    // A step may make it, also one that does not say so.
    const rest = isMade ? 'Check the path, unless a step before makes it.' : 'Check the path.';
    return [
      finding('BATCH_COMMAND_UNKNOWN', isMade ? 'warning' : 'error', where, `There is no command at ${path}. ${rest}`),
    ];
  }
  const commands = await world.commands();
  if (commands === undefined || commands.has(word)) return [];
  const meant = nearestName(
    word,
    [...commands].filter((each) => Math.abs(each.length - word.length) <= 2),
  );
  const rest = meant === undefined ? 'Install it, or check its name.' : `Did you mean "${meant}"?`;
  return [
    finding(
      'BATCH_COMMAND_UNKNOWN',
      'error',
      where,
      `There is no command "${word}" on the PATH. ${rest}`,
      meant === undefined
        ? undefined
        : {
            description: `Run "${meant}".`,
            // Another command does something else: somebody must say yes to it.
            isSafe: false,
            edit: [{ op: 'replace', path: pointerOf(keys), value: run.replace(word, () => meant) }],
          },
    ),
  ];
};

const checkResources = ({ step, name, keys }: DraftStep, limits: KnownNames['limits'] = {}): Finding[] => {
  const wanted = new Map<string, number>();
  for (const { name: resource, amount } of (step.resources ?? []).map(parseDemand))
    wanted.set(resource, (wanted.get(resource) ?? 0) + amount);
  return [...wanted].flatMap(([resource, amount]) => {
    const slots = (Object.hasOwn(limits, resource) ? limits[resource] : undefined)?.slots;
    if (slots === undefined || amount <= slots) return [];
    const message = `It takes ${amount} of "${resource}", and there are ${slots}: it could never start. Take less, or raise the limit.`;
    return [finding('BATCH_RESOURCE_TOO_MUCH', 'error', { step: name, keys: [...keys, 'resources'] }, message)];
  });
};

/** Agents that the workflow, or one that it is within, has no settings for. */
const checkSettings = (draft: Draft, outer: readonly string[]): Finding[] => {
  const known = [...outer, ...Object.keys(draft.workflow.agents ?? {})];
  return draft.steps.flatMap(({ step, name, keys, inner }) => {
    if (inner !== undefined) return checkSettings(inner, known);
    if (!('agent' in step) || known.includes(step.agent) || step.system !== undefined) return [];
    const meant = nearestName(step.agent, known);
    const own = [...keys, 'agent'];
    const rest =
      meant === undefined ? 'Give it settings under "agents", or a "system" of its own.' : `Did you mean "${meant}"?`;
    return [
      finding(
        'BATCH_AGENT_UNKNOWN',
        'warning',
        { step: name, keys: own },
        `The agent "${step.agent}" is not among "agents": it is told nothing but its name. ${rest}`,
        meant === undefined
          ? undefined
          : {
              description: `Write "${meant}" for "${step.agent}".`,
              // Another agent answers otherwise.
              isSafe: false,
              edit: [{ op: 'replace', path: pointerOf(own), value: meant }],
            },
      ),
    ];
  });
};

/** Names of commands, agents, functions, models and resources. */
export const checkNames = async (draft: Draft, world: World, known: KnownNames): Promise<Finding[]> => {
  const findings = await Promise.all(
    all(draft).map(async (each) => {
      const { step } = each;
      const own: Finding[] = [];
      if ('agent' in step) {
        own.push(
          ...unknownName(each, 'agent', step.agent, known.agents, {
            code: 'BATCH_AGENT_UNKNOWN',
            what: 'agent',
            isSafe: true,
          }),
        );
        if (step.model !== undefined)
          // Another model costs something else.
          own.push(
            ...unknownName(each, 'model', step.model, known.models, {
              code: 'BATCH_MODEL_UNKNOWN',
              what: 'model',
              isSafe: false,
            }),
          );
      }
      if ('call' in step && typeof step.call === 'string')
        own.push(
          ...unknownName(each, 'call', step.call, known.functions, {
            code: 'BATCH_FUNCTION_UNKNOWN',
            what: 'function',
            isSafe: false,
          }),
        );
      if ('workflow' in step && typeof step.workflow === 'string')
        own.push(
          finding(
            'BATCH_WORKFLOW_UNREADABLE',
            'error',
            { step: each.name, keys: [...each.keys, 'workflow'] },
            `The workflow ${step.workflow} was not read. Read the workflow with loadWorkflow, which reads those within it.`,
          ),
        );
      return [...own, ...checkResources(each, known.limits), ...(await checkCommand(each, draft, world))];
    }),
  );
  return [...findings.flat(), ...(known.hasDefaultAgent === true ? checkSettings(draft, []) : [])];
};
