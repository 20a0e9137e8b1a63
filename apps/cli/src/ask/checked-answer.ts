import type { Hotpath, JsonObject, QueryMessage, QueryOptions, QueryResult } from '@hotpath/runtime';
import { CliError } from '../errors.ts';
import { instructionFor, parseAnswer, responseFormatOf } from './answer-schema.ts';
import { canDo, targetsBehind } from './capabilities.ts';

export interface CheckedOptions {
  readonly hotpath: Hotpath;
  readonly query: QueryOptions;
  readonly schema: JsonObject;
  /** Asks once and tells the text as it comes. `spentUsd`: by the questions before it. */
  readonly ask: (query: QueryOptions, spentUsd: number) => Promise<QueryResult>;
  /** Told what did not fit before the question is asked again. */
  readonly onMisfit: (errors: readonly string[]) => Promise<void>;
}

export interface CheckedAnswer {
  /** The last answer, with the cost of both. */
  readonly result: QueryResult;
  readonly value: unknown;
}

const mostErrors = 10;

const judge = async (
  schema: JsonObject,
  { text, finishReason }: QueryResult,
): Promise<{ readonly value: unknown; readonly errors: readonly string[] }> => {
  const { jsonSchemaErrors } = await import('@hotpath/runtime');
  const parsed = parseAnswer(text);
  if (parsed)
    return { value: parsed.value, errors: (await jsonSchemaErrors(schema, parsed.value)).slice(0, mostErrors) };
  const why = finishReason === 'length' ? 'it ends early, at the limit of tokens' : 'it is not JSON';
  return { value: undefined, errors: [why] };
};

/** A provider that does not know the setting, as opposed to one that does not like the question. */
const isRefusal = (error: unknown): boolean => {
  const { code, status } = error as { readonly code?: unknown; readonly status?: number };
  return (
    code === 'ROUTER_FIELD_UNSUPPORTED' || (code === 'ROUTER_UPSTREAM_STATUS' && (status === 400 || status === 422))
  );
};

const together = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? undefined : one + other;

/** The sum of both bills is what the answer cost; unknown where one of them is. */
const withBoth = (first: QueryResult, second: QueryResult): QueryResult => {
  const { costUsd: _, estimatedUsd: __, ...rest } = second;
  const costUsd = together(first.costUsd, second.costUsd);
  const estimatedUsd = (first.estimatedUsd ?? 0) + (second.estimatedUsd ?? 0);
  return { ...rest, ...(costUsd !== undefined && { costUsd }), ...(estimatedUsd > 0 && { estimatedUsd }) };
};

/**
 * Asks for JSON that fits a schema: by the provider's structured output, or by words where a model is known to lack it or its
 * provider refuses the setting. An answer that does not fit is asked for once again, with what is wrong. Throws
 * `CLI_ANSWER_UNFIT`.
 */
export const askForJson = async (options: CheckedOptions): Promise<CheckedAnswer> => {
  const { hotpath, query, schema, ask, onMisfit } = options;
  const names = [query.model ?? '', ...(query.fallbacks ?? [])];
  const abilities = (await targetsBehind(hotpath, names)).map((target) => canDo(target, 'structured-output'));
  const instruction = instructionFor(schema);
  const inWords: QueryOptions = {
    ...query,
    system: query.system === undefined ? instruction : `${query.system}\n\n${instruction}`,
  };
  const structured: QueryOptions = { ...query, responseFormat: responseFormatOf(schema) };
  const first = async (): Promise<readonly [QueryOptions, QueryResult]> => {
    if (abilities.every((able) => able === false)) return [inWords, await ask(inWords, 0)];
    try {
      return [structured, await ask(structured, 0)];
    } catch (error) {
      if (abilities.every((able) => able === true) || !isRefusal(error)) throw error;
      return [inWords, await ask(inWords, 0)];
    }
  };
  const [asked, result] = await first();
  const { value, errors } = await judge(schema, result);
  if (errors.length === 0) return { result, value };

  await onMisfit(errors);
  const { prompt, messages = [], ...settings } = asked;
  const correction = `That does not fit the JSON Schema:\n${errors.map((error) => `- ${error}`).join('\n')}\nAnswer again, with JSON alone that fits.`;
  const followUp: readonly QueryMessage[] = [
    ...messages,
    ...(prompt === undefined ? [] : [{ role: 'user', content: prompt } as const]),
    ...(result.text === '' ? [] : [{ role: 'assistant', content: result.text } as const]),
    { role: 'user', content: correction },
  ];
  const second = withBoth(result, await ask({ ...settings, messages: followUp }, result.costUsd ?? 0));
  const judged = await judge(schema, second);
  if (judged.errors.length === 0) return { result: second, value: judged.value };
  throw new CliError(
    'CLI_ANSWER_UNFIT',
    `the answer does not fit the schema, and the second one neither:${judged.errors.map((error) => `\n  ${error}`).join('')}\nAsk another model, or loosen the schema.`,
  );
};
