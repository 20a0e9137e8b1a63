import type { TaskOptions, TaskResult } from '../engine/task.ts';
import { agentUnknown, answerInvalid, answerNoJson } from '../errors/tasks.ts';

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
export interface Agent {
  (
    request: AgentRequest,
    options: { readonly signal: AbortSignal; readonly onProgress: (text: string) => void },
  ): Promise<AgentAnswer | string>;
  /**
   * What it may cost at most, US dollars; `undefined` where that is not known. Where there is a `maxCostUsd`, as much is set aside
   * while it answers. @default what the dearest answer has cost so far
   */
  readonly estimateCostUsd?: ((request: AgentRequest) => number | undefined) | undefined;
}

/** Agents by name, or one that answers for all. */
export type Agents = Agent | Readonly<Record<string, Agent>>;

/** The agent of this name, if there is one. */
export const findAgent = (agents: Agents | undefined, name: string): Agent | undefined => {
  if (typeof agents === 'function') return agents;
  return agents !== undefined && Object.hasOwn(agents, name) ? agents[name] : undefined;
};

/** Makes a value of an answer. One that is nearly JSON (fences, a comma too many, cut off) is mended, where that is sure. */
const parseAnswer = async (step: string, text: string, onProgress: (text: string) => void): Promise<unknown> => {
  try {
    return JSON.parse(text);
  } catch (error) {
    const { jsonText } = await import('../correct/json-text.ts');
    const { aloneFrom } = await import('../correct/destructive.ts');
    const [mended] = await jsonText({ kind: 'json', text });
    if (mended === undefined || mended.confidence < aloneFrom) throw answerNoJson(step, text, error);
    onProgress(`the answer was mended: ${mended.reason}`);
    return JSON.parse(mended.change.text ?? '');
  }
};

const checkAnswer = async (step: string, text: string, value: unknown, schema: object): Promise<void> => {
  const { Validator } = await import('@cfworker/json-schema');
  const { valid, errors } = new Validator(schema, '2020-12', false).validate(value);
  if (valid) return;
  const { instanceLocation = '#', error = 'it does not fit' } = errors.at(-1) ?? {};
  throw answerInvalid(step, text, `${instanceLocation.slice(1) || '/'}: ${error}`);
};

/** Asks the agent of a step. What an answer cost that is of no use stands in its error, as `costUsd`. */
export const askAgent = async (
  step: string,
  request: AgentRequest,
  agents: Agents | undefined,
  { signal, onProgress }: Pick<TaskOptions, 'signal' | 'onProgress'>,
): Promise<TaskResult> => {
  const { schema } = request;
  const agent = findAgent(agents, request.agent);
  if (agent === undefined) throw agentUnknown(step, request.agent, Object.keys(agents ?? {}));
  const answer = await agent(request, { signal, onProgress });
  const { text, costUsd } = typeof answer === 'string' ? { text: answer, costUsd: undefined } : answer;
  if (schema === undefined) return { output: text, costUsd };
  try {
    const output = await parseAnswer(step, text, onProgress);
    await checkAnswer(step, text, output, schema);
    return { output, costUsd };
  } catch (error) {
    throw Object.assign(error as Error, { costUsd });
  }
};
