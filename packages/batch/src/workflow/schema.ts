import * as v from 'valibot';
import type { StepKind } from './step.ts';

/** The message of a schema says what is allowed, as it ends the sentence "expected ...". */
const described = <Schema extends v.GenericSchema>(schema: Schema, description: string) =>
  v.optional(v.pipe(schema, v.description(description)));

const anyText = v.string('a text');
const text = v.pipe(v.string('a text'), v.minLength(1, 'a text that is not empty'));
const id = v.pipe(
  v.string('an id of letters, digits, "-", "_" and "."'),
  v.regex(/^[\w.-]+$/, 'an id of letters, digits, "-", "_" and "."'),
);
const texts = (what: string) => v.array(v.pipe(v.string(what), v.minLength(1, what)), `a list of ${what}`);
const flag = v.boolean('true or false');
const whole = (least: number, what: string) => {
  const words = `a whole number ${what} from ${least}`;
  return v.pipe(
    v.number(words),
    v.integer(words),
    v.minValue(least, words),
    v.maxValue(Number.MAX_SAFE_INTEGER, words),
  );
};
const milliseconds = (least: number) => whole(least, 'of milliseconds');
const oneOf = <const Choices extends readonly string[]>(choices: Choices, hint = '') =>
  v.picklist(choices, `one of ${choices.map((choice) => `"${choice}"`).join(', ')}${hint}`);
/** A list is an object to a record, and would be taken for one. */
const record = <Member extends v.GenericSchema>(member: Member, what: string) => {
  const schema = v.record(v.string(), member, what);
  const run: (typeof schema)['~run'] = (dataset, config) =>
    Array.isArray(dataset.value) ? (v.never(what)['~run'](dataset, config) as never) : schema['~run'](dataset, config);
  return { ...schema, '~run': run };
};
const values = (what: string) => record(v.unknown(), what);
const demands = 'resources, as "gpu" or "memory:4"';

/** Fields of every step. */
const common = {
  id: v.pipe(id, v.description('Names the step: letters, digits, "-", "_" and ".".')),
  dependencies: described(
    texts('ids of steps'),
    'Ids of the steps that come before, and that must succeed. Steps that a template names are added.',
  ),
  reads: described(
    texts('paths, globs or names'),
    'What it reads: paths and globs ("src/**"), places in JSON files ("package.json#/version"), and things with a name of their own ("name:database"). What a step before writes is waited for.',
  ),
  writes: described(texts('paths, globs or names'), 'What it writes, in the same words as "reads".'),
  priority: described(
    v.pipe(v.number('a number'), v.finite('a number')),
    'Steps of higher priority start first. Default: 0.',
  ),
  durationMs: described(milliseconds(0), 'What it is expected to take, milliseconds. Default: what it took before.'),
  when: described(
    text,
    'An expression: where it is false, the step is skipped. Beside "map", one that names "item" or "index" is asked for each item.',
  ),
  map: described(
    v.union([text, v.array(v.unknown())], 'a list, or an expression for one'),
    'A list, or an expression for one: the step runs once for each "item", with its "index".',
  ),
};
const timeLimit = {
  timeoutMs: described(
    milliseconds(1),
    'How long one attempt may take, or all of the workflow that runs in its place, milliseconds; with "map", for each item. Default: unlimited.',
  ),
};
/** Fields of steps that do work themselves: a question does none, and a workflow has steps that do. */
const ofWork = {
  resources: described(
    v.array(v.pipe(v.string(demands), v.regex(/^[^:\s]+(?::[1-9]\d{0,8})?$/, demands)), `a list of ${demands}`),
    'What it takes while it runs, as "gpu" or "memory:4".',
  ),
  retry: described(
    oneOf(['never', 'transient', 'always'], ' (how often is said by "retries")'),
    'Which failures are tried again. "transient": those of networks and busy systems, and those that say so. Default: "transient".',
  ),
  retries: described(whole(0, 'of attempts'), 'Attempts after the first. Default: 2.'),
  retryDelayMs: described(
    milliseconds(0),
    'Wait before the second attempt, milliseconds; it doubles with each, up to 30 s, and a random part of it is waited. Default: 200.',
  ),
  idempotencyKey: described(
    text,
    'Given to what the step calls, so that a repeated attempt counts once. May hold templates. Default: run and step.',
  ),
  memo: described(
    flag,
    'Whether what it did before may stand for what it would do now, while command, inputs and what it reads are the same. Default: false.',
  ),
  compensate: described(
    text,
    'A shell command that takes back what the step did outside of the workspace. May hold templates.',
  ),
  otherwise: described(
    v.array(values('fields of the step'), 'a list of fields of the step'),
    'Other values for some of its fields, as another "model", "agent" or "run", to be tried one after another when it has failed for good.',
  ),
};

const withField = described(values('names with values'), 'What it is given, by name. Texts may hold templates.');
const kindField = (description: string) => v.pipe(text, v.description(description));

/** How an agent answers, in a step and for all steps of an agent. */
const settings = {
  model: described(text, 'The model it is to use. Default: what the agent is set to.'),
  system: described(text, 'What it is told before its task: who it is, and how it works. May hold templates.'),
  temperature: described(
    v.pipe(
      v.number('a number from 0 to 2'),
      v.minValue(0, 'a number from 0 to 2'),
      v.maxValue(2, 'a number from 0 to 2'),
    ),
    'From 0 to 2. Default: that of the model.',
  ),
  maxTokens: described(whole(1, 'of tokens'), 'Longest answer, tokens. Default: that of the model.'),
};

/** What each kind of step has beside the fields of all: its first names the kind. */
const fields = {
  agent: {
    agent: kindField('The agent to ask, by the name it was handed in with.'),
    task: kindField('What it is asked to do. May hold templates.'),
    ...settings,
    schema: described(values('a JSON Schema'), 'JSON Schema that the answer must fit; the output is then the value.'),
  },
  shell: {
    run: kindField(
      'A command line for the shell. Values of expressions are words of it, quoted where they must be, and never commands, unless they say raw(...). Output: what it wrote to stdout, without the last line break.',
    ),
    cwd: described(text, 'The folder it runs in, below the root. Default: the root.'),
    env: described(record(anyText, 'names with texts'), 'Variables of its environment, added to those there are.'),
    stdin: described(anyText, 'What it reads from stdin.'),
    output: described(oneOf(['text', 'json', 'lines']), 'What to make of stdout. Default: "text".'),
  },
  file: {
    file: kindField('The path to change. One of the other fields says how.'),
    content: described(anyText, 'The whole content, of a new file or in the place of the old.'),
    append: described(anyText, 'Added at the end.'),
    find: described(text, 'Text to replace. It must be there once, unless "all".'),
    replace: described(anyText, 'What stands in the place of "find".'),
    all: described(flag, 'Whether every place of "find" is meant. Default: false.'),
    rename: described(text, 'The path it moves to.'),
    delete: described(flag, 'Whether it goes.'),
    link: described(text, 'Target of a symbolic link.'),
    folder: described(flag, 'Whether it is a folder to make.'),
    mode: described(
      v.pipe(
        v.string('an octal mode in quotes, as "755"'),
        v.regex(/^0?[0-7]{3,4}$/, 'an octal mode in quotes, as "755"'),
      ),
      'Octal, as "755"; alone, or with what creates the file.',
    ),
  },
  json: {
    json: kindField('The JSON file to change. Its form stays as it is.'),
    set: described(values('JSON Pointers with values'), 'Values by JSON Pointer (RFC 6901), as "/version".'),
    remove: described(texts('JSON Pointers'), 'JSON Pointers of what goes.'),
    merge: described(v.unknown(), 'A merge patch (RFC 7396).'),
  },
  call: { call: kindField('The name of a function that was handed in.'), with: withField },
  workflow: {
    workflow: v.pipe(
      v.union([text, v.lazy((): v.GenericSchema => documentSchema)], 'the path of a workflow, or a workflow'),
      v.description(
        'A workflow file, by its path from this one, or the workflow itself. It runs in the place of the step.',
      ),
    ),
    with: withField,
  },
  approval: { approve: kindField('The question. The run waits until somebody says yes.') },
} as const;

const input = {
  type: described(oneOf(['string', 'number', 'boolean', 'list', 'object']), 'What it must be. Default: anything.'),
  description: described(anyText, 'What it is for.'),
  default: described(v.unknown(), 'What it is where nothing is given.'),
  required: described(flag, 'Whether something must be given. Default: false.'),
};

/** What a workflow says beside its steps. */
const head = {
  name: v.pipe(text, v.description('Names the workflow. What its steps took is remembered by it.')),
  description: described(anyText, 'What it is for.'),
  inputs: described(
    record(v.strictObject(input, 'fields of an input'), 'inputs by name'),
    'What it is given. Templates find it under "inputs".',
  ),
  agents: described(
    record(v.strictObject(settings, 'settings of an agent'), 'agents by name'),
    'Settings of its agents. What a step says itself stands over them; workflows within have them too.',
  ),
  recovery: described(
    oneOf(['atomic', 'keep-successful', 'ask']),
    'What becomes of successful steps when one fails. "atomic": everything is taken back. Default: "atomic".',
  ),
  undeclaredWrites: described(
    oneOf(['allow', 'report', 'refuse']),
    'What becomes of writes that no step declared. Default: "report".',
  ),
  concurrency: described(whole(1, 'of steps'), 'How many steps run at once. Default: 4.'),
  timeoutMs: described(milliseconds(1), 'How long all of it may take, milliseconds. Default: unlimited.'),
  maxCostUsd: described(
    v.pipe(v.number('an amount of US dollars from 0'), v.minValue(0, 'an amount of US dollars from 0')),
    'What the model steps may cost in all, US dollars. Default: unlimited.',
  ),
};

/** Whether a step does work itself. */
const isWork = (kind: StepKind): boolean => kind !== 'workflow' && kind !== 'approval';

type Entries = Readonly<Record<string, v.GenericSchema>>;
const kindEntries: Readonly<Record<StepKind, Entries>> = Object.fromEntries(
  Object.entries(fields).map(([kind, own]) => [
    kind,
    { ...common, ...(kind === 'approval' ? {} : timeLimit), ...(isWork(kind as StepKind) ? ofWork : {}), ...own },
  ]),
) as never;

const titles: Readonly<Record<StepKind, string>> = {
  agent: 'Asks an agent',
  shell: 'Runs a command',
  file: 'Changes a file',
  json: 'Changes a JSON file',
  call: 'Calls a function',
  workflow: 'Runs a workflow',
  approval: 'Waits for a yes',
};

const stepSchemas = Object.entries(kindEntries).map(([kind, entries]) =>
  v.pipe(v.strictObject(entries), v.title(titles[kind as StepKind])),
);

/** The whole document, for the published JSON Schema and for editors. What is checked here is checked by `checkWorkflow`, one field at a time. */
export const documentSchema: v.GenericSchema = v.pipe(
  v.strictObject({
    $schema: described(text, 'The JSON Schema that editors check this by.'),
    ...head,
    steps: v.pipe(v.array(v.union(stepSchemas)), v.description('What is done, in the order it is written down.')),
  }),
  v.title('Hotpath workflow'),
);

/** Fields of one thing, each checked on its own; what is not among them is for the caller to say. */
export interface Fields {
  readonly names: readonly string[];
  readonly schema: v.GenericSchema;
}

const fieldsFrom = (entries: Entries, message?: string): Fields => ({
  names: Object.keys(entries),
  schema: v.object(entries, message),
});

export const workflowFields: Fields = fieldsFrom({
  ...head,
  inputs: v.optional(values('inputs by name')),
  agents: v.optional(values('agents by name')),
  steps: v.array(v.unknown(), 'a list of steps'),
});
export const inputFields: Fields = fieldsFrom(input);
export const agentFields: Fields = fieldsFrom(settings);
const functionOrText = v.union([v.function(), text], 'the name of a function, or a function');
/** `call` may be a function in TypeScript, and a workflow within is looked at on its own. */
export const stepFields: Readonly<Record<StepKind, Fields>> = {
  agent: fieldsFrom(kindEntries.agent),
  shell: fieldsFrom(kindEntries.shell),
  file: fieldsFrom(kindEntries.file),
  json: fieldsFrom(kindEntries.json),
  call: fieldsFrom({ ...kindEntries.call, call: functionOrText }),
  workflow: fieldsFrom({ ...kindEntries.workflow, workflow: v.unknown() }),
  approval: fieldsFrom(kindEntries.approval),
};
/** Of a step that does not say what it does. */
export const commonFields: Fields = fieldsFrom({ ...common, ...timeLimit, ...ofWork });
