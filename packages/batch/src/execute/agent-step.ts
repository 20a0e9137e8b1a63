import type { TaskOptions, TaskResult } from '../engine/task.ts';
import { agentUnknown, answerInvalid, answerNoJson } from '../errors.ts';

/** What an agent is asked. */
export interface AgentRequest {
  readonly agent: string;
  readonly task: string;
  readonly model: string | undefined;
  /** What it is told before its task. */
  readonly system: string | undefined;
  readonly temperature: number | undefined;
  readonly maxTokens: number | undefined;
  /** JSON Schema that the answer is to fit. */
  readonly schema: Readonly<Record<string, unknown>> | undefined;
  /** The same for all attempts of a step: what was paid for once need not be paid for again. */
  readonly idempotencyKey: string;
  readonly attempt: number;
}

export interface AgentAnswer {
  readonly text: string;
  /** US dollars, as far as known. */
  readonly costUsd?: number | undefined;
}

/** Any function that answers: a model, an agent, a person. */
export type Agent = (
  request: AgentRequest,
  options: { readonly signal: AbortSignal; readonly onProgress: (text: string) => void },
) => Promise<AgentAnswer | string>;

/** Agents by name, or one that answers for all. */
export type Agents = Agent | Readonly<Record<string, Agent>>;

const agentOf = (step: string, agents: Agents | undefined, name: string): Agent => {
  if (typeof agents === 'function') return agents;
  if (agents !== undefined && Object.hasOwn(agents, name)) return agents[name] as Agent;
  throw agentUnknown(step, name, Object.keys(agents ?? {}));
};

/** The text between the fences of a code block, where a model has put all of its answer in one. */
const unfenced = (text: string): string => /^\s*```[a-z]*\s*\n([\s\S]*?)\n?```\s*$/i.exec(text)?.[1] ?? text;

const checked = async (step: string, text: string, schema: Readonly<Record<string, unknown>>): Promise<unknown> => {
  let value: unknown;
  try {
    value = JSON.parse(unfenced(text));
  } catch (error) {
    throw answerNoJson(step, text, error);
  }
  const { Validator } = await import('@cfworker/json-schema');
  const { valid, errors } = new Validator(schema, '2020-12', false).validate(value);
  if (valid) return value;
  const { instanceLocation = '#', error = 'it does not fit' } = errors.at(-1) ?? {};
  throw answerInvalid(step, text, `${instanceLocation.slice(1) || '/'}: ${error}`);
};

/** Asks the agent of a step. */
export const askAgent = async (
  step: string,
  request: AgentRequest,
  agents: Agents | undefined,
  { signal, onProgress }: Pick<TaskOptions, 'signal' | 'onProgress'>,
): Promise<TaskResult> => {
  const answer = await agentOf(step, agents, request.agent)(request, { signal, onProgress });
  const { text, costUsd } = typeof answer === 'string' ? { text: answer, costUsd: undefined } : answer;
  return { output: request.schema === undefined ? text : await checked(step, text, request.schema), costUsd };
};
