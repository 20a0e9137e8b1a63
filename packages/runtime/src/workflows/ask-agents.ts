import type { JsonObject, QueryOptions, QueryResult } from '@hotpath/ai-router';
import type { Agent, AgentRequest } from '@hotpath/batch';
import type { Hotpath } from '../hotpath.ts';

/** What an agent without words of its own is told. */
const introduction = (agent: string): string => `You are the agent ${agent}.`;

const inWords = (schema: JsonObject): string =>
  `Answer with JSON alone, without any other words, that fits this JSON Schema:\n${JSON.stringify(schema)}`;

const queryOf = (request: AgentRequest, signal: AbortSignal): QueryOptions => {
  const { agent, task, model, system = introduction(agent), temperature, maxTokens, attempt } = request;
  return {
    prompt: task,
    system,
    agent,
    signal,
    // What did not do the first time is not asked of the cache again.
    cache: attempt > 1 ? 'refresh' : 'use',
    ...(model !== undefined && { model }),
    ...(temperature !== undefined && { temperature }),
    ...(maxTokens !== undefined && { maxTokens }),
  };
};

/** A provider that does not know the setting, as opposed to one that does not like the question. */
const isRefusal = (error: unknown): boolean => {
  const { code, status } = error as { readonly code?: unknown; readonly status?: number };
  return (
    code === 'ROUTER_FIELD_UNSUPPORTED' || (code === 'ROUTER_UPSTREAM_STATUS' && (status === 400 || status === 422))
  );
};

const lastLine = (text: string): string => text.trimEnd().slice(-400).split('\n').at(-1)?.trim() ?? '';

const tell = async (
  { router }: Hotpath,
  query: QueryOptions,
  onProgress: (text: string) => void,
): Promise<QueryResult> => {
  const answer = router.stream(query);
  let text = '';
  for await (const piece of answer) {
    text += piece;
    onProgress(lastLine(text));
  }
  return answer.result;
};

/**
 * Agents that are answered by the router: each by the model of the step or of the agent, else by the default one. `open` is called by
 * the first that is asked. A schema is the provider's to keep where it can, and said in words where it refuses it.
 */
export const askAgents =
  (open: () => Promise<Hotpath>): Agent =>
  async (request, { signal, onProgress }) => {
    const hotpath = await open();
    signal.throwIfAborted();
    const { schema } = request;
    const query = queryOf(request, signal);
    const structured: QueryOptions =
      schema === undefined
        ? query
        : { ...query, responseFormat: { type: 'json-schema', name: 'answer', schema: schema as JsonObject } };
    const ask = async (): Promise<QueryResult> => {
      try {
        return await tell(hotpath, structured, onProgress);
      } catch (error) {
        if (schema === undefined || !isRefusal(error)) throw error;
        return tell(hotpath, { ...query, system: `${query.system}\n\n${inWords(schema as JsonObject)}` }, onProgress);
      }
    };
    const { text, costUsd } = await ask();
    return { text, costUsd };
  };
