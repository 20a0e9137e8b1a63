/** What has fields. */
export type FieldPlace = 'workflow' | 'step' | 'input' | 'agent';

/** What others call a field: the name it has here, or, where another name would not do, what to write. */
export type ForeignName = { readonly meant: string } | { readonly advice: string };

const meant = (field: string, names: string): readonly (readonly [string, ForeignName])[] =>
  names.split(' ').map((name) => [name, { meant: field }]);
const advice = (text: string, names: string): readonly (readonly [string, ForeignName])[] =>
  names.split(' ').map((name) => [name, { advice: text }]);

const recovery = 'Write recovery: keep-successful at the top of the workflow: what does not need the step goes on.';

/**
 * Names that fields of the same meaning have in GitHub Actions, GitLab CI, Airflow, Argo, Ansible, docker-compose, npm and frameworks
 * of agents, in lower case and without "-" and "_".
 */
const names: Readonly<Record<FieldPlace, ReadonlyMap<string, ForeignName>>> = {
  step: new Map([
    ...meant('dependencies', 'dependson depends dependency deps needs requires after upstream waitfor runafter'),
    ...meant('run', 'command cmd script shell bash sh exec execute bashcommand'),
    ...meant('task', 'prompt message question instruction instructions query'),
    ...meant('system', 'systemprompt systemmessage role persona backstory'),
    ...meant('model', 'llm modelname modelid'),
    ...meant('maxTokens', 'maxoutputtokens maxcompletiontokens'),
    ...meant('schema', 'outputschema responseschema responseformat jsonschema'),
    ...meant('when', 'if condition conditions runif only'),
    ...meant('map', 'withitems foreach items loop matrix each withsequence'),
    ...meant('cwd', 'workingdirectory workingdir workdir dir chdir'),
    ...meant('env', 'environment envs variables'),
    ...meant('stdin', 'input'),
    ...meant('with', 'args arguments params parameters inputs kwargs opkwargs vars'),
    ...meant('call', 'function fn func handler pythoncallable'),
    ...meant('workflow', 'uses subworkflow include trigger'),
    ...meant('approve', 'approval manual confirm suspend pause'),
    ...meant('retries', 'maxretries maxattempts attempts retrycount retrylimit tries'),
    ...meant('retryDelayMs', 'retryintervalms backoffms'),
    ...meant('memo', 'cache memoize cached'),
    ...meant('compensate', 'undo rollback compensation onrollback revert'),
    ...meant('otherwise', 'fallback fallbacks alternatives'),
    ...meant('resources', 'resource resourcegroup pool pools'),
    ...meant('reads', 'sources'),
    ...meant('writes', 'outputs generates artifacts produces'),
    ...meant('content', 'contents text body'),
    ...meant('delete', 'unlink'),
    ...meant('rename', 'moveto'),
    ...meant('priority', 'weight priorityweight'),
    ...advice(
      'Write timeoutMs, in milliseconds.',
      'timeout timeoutminutes timeoutseconds timeoutsec executiontimeout activedeadlineseconds',
    ),
    ...advice('Write retryDelayMs, in milliseconds.', 'retrydelay backoff retryinterval delay'),
    ...advice('Write durationMs, in milliseconds.', 'duration estimate'),
    ...advice(recovery, 'continueonerror allowfailure ignoreerrors continueonfail continueon failfast'),
    ...advice(
      'A step has no name beside its id. Take it out, or make a comment of it.',
      'name title label description',
    ),
    ...advice('Write recovery at the top of the workflow: it holds for all steps.', 'recovery'),
    ...advice('Say it at the top of the workflow: it holds for all steps.', 'concurrency maxcostusd undeclaredwrites'),
    ...advice(
      'Commands run as they are on this machine. Call the tool in "run", as "docker run".',
      'image container services runson executor',
    ),
  ]),
  workflow: new Map([
    ...meant('steps', 'jobs tasks stages nodes pipeline dag'),
    ...meant('inputs', 'input params parameters arguments args variables vars'),
    ...meant('agents', 'models assistants'),
    ...meant('concurrency', 'maxparallel parallel parallelism maxconcurrency maxactivetasks jobslimit'),
    ...meant('name', 'id title dagid workflow'),
    ...meant('description', 'about summary'),
    ...meant('maxCostUsd', 'budget maxcost costlimit budgetusd'),
    ...meant('recovery', 'onfailure onerror failurepolicy errorstrategy'),
    ...advice('Write timeoutMs, in milliseconds.', 'timeout timeoutminutes timeoutseconds dagruntimeout'),
    ...advice('Write it as "env" of each step with "run" that wants it.', 'env environment'),
    ...advice(
      'A workflow is started by whoever runs it: by hand, cron or CI. Take it out.',
      'on schedule triggers trigger when cron',
    ),
    ...advice('Say it of each step.', 'retries retry defaults'),
    ...advice('This form has only one version. Take it out.', 'version apiversion kind'),
    ...advice('What steps come to is what the workflow comes to, by id. Take it out.', 'outputs output'),
  ]),
  input: new Map([
    ...meant('default', 'value defaultvalue'),
    ...meant('description', 'help title label'),
    ...advice('Write required: true where it must be given; without it may be left out.', 'optional nullable'),
    ...advice('Have a step check it: only the type is checked here.', 'enum options choices pattern minimum maximum'),
  ]),
  agent: new Map([
    ...meant('model', 'llm modelname modelid'),
    ...meant('system', 'prompt systemprompt systemmessage instructions role backstory persona'),
    ...meant('maxTokens', 'maxoutputtokens maxcompletiontokens'),
    ...advice('The name is what it stands under. Take it out.', 'name id'),
  ]),
};

const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_]/g, '');

/** What a name stands for that is not known here, in the words of those who know it. */
export const foreignName = (name: string, place: FieldPlace): ForeignName | undefined => names[place].get(plain(name));
