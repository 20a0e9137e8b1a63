import { randomUUID } from 'node:crypto';
import type { Hotpath, QueryOptions, QueryResult } from '@hotpath/runtime';
import type { ConversationLog } from '../conversations/log.ts';
import { roundMs, roundUsd, showUsd } from '../figures.ts';
import { chooseModel } from '../models-to-choose.ts';
import { howToSetUp } from '../simulated.ts';
import { note, warn } from '../terminal.ts';
import { describeFailure, describeResult } from './describe-result.ts';
import type { AskFlagValues } from './flags.ts';
import { type AnswerOutput, answerOutput } from './output.ts';
import type { Asked } from './read-asked.ts';

const simulatedNote = `this answer is simulated, because no provider is set up. ${howToSetUp}`;

/** Figures with the digits that say something. */
const rounded = (result: QueryResult): QueryResult => {
  const { costUsd, estimatedUsd, firstTokenMs, latencyMs } = result;
  return {
    ...result,
    latencyMs: roundMs(latencyMs),
    ...(firstTokenMs !== undefined && { firstTokenMs: roundMs(firstTokenMs) }),
    ...(costUsd !== undefined && { costUsd: roundUsd(costUsd) }),
    ...(estimatedUsd !== undefined && { estimatedUsd: roundUsd(estimatedUsd) }),
  };
};

/** Asks once, and tells the text as it comes. */
const tell = async (
  hotpath: Hotpath,
  query: QueryOptions,
  output: AnswerOutput,
  onText: (text: string) => void,
): Promise<QueryResult> => {
  const answer = hotpath.router.stream(query);
  for await (const text of answer) {
    onText(text);
    await output.text(text);
  }
  return answer.result;
};

const ceilingFor = async (
  hotpath: Hotpath,
  query: QueryOptions,
  flags: AskFlagValues,
  spentUsd: number,
): Promise<QueryOptions> => {
  const { 'max-cost': allowed } = flags;
  if (allowed === undefined) return query;
  const { boundCost } = await import('./cost-ceiling.ts');
  const { maxTokens } = query;
  const names = [query.model ?? '', ...(query.fallbacks ?? [])];
  const left = Math.max(0, allowed - spentUsd);
  const bound = await boundCost({ hotpath, names, isRace: flags.race, query, maxCostUsd: left, maxTokens });
  const isBound = bound.maxTokens !== undefined && bound.maxTokens !== maxTokens;
  if (isBound || flags.verbose)
    note(
      `--max-cost: about ${bound.inputTokens} tokens to be read cost ${showUsd(bound.inputUsd)}; ${isBound ? `the answer may have ${bound.maxTokens}` : 'the longest answer stays below it'}.`,
    );
  return bound.maxTokens === undefined ? query : { ...query, maxTokens: bound.maxTokens };
};

export interface Answering {
  readonly hotpath: Hotpath;
  readonly flags: AskFlagValues;
  readonly fallbacks: readonly string[];
  readonly asked: Asked;
  readonly deadlineMs: number | undefined;
  readonly log: ConversationLog | undefined;
  readonly signal: AbortSignal;
}

/** The question as the router takes it, with what was said before it. */
const queryOf = async ({
  hotpath,
  flags,
  fallbacks,
  asked,
  deadlineMs,
  log,
  signal,
}: Answering): Promise<QueryOptions> => {
  const { prompt, attachments } = asked;
  const before = log?.conversation();
  const system = asked.system ?? before?.system;
  const model = asked.model ?? before?.model ?? (await chooseModel(hotpath));
  const history = (await log?.history()) ?? [];
  const content =
    attachments.length === 0 ? prompt : (await import('./message-parts.ts')).messageParts(attachments, prompt);
  const { temperature, 'max-tokens': maxTokens } = flags;
  return {
    ...(history.length === 0 && typeof content === 'string'
      ? { prompt: content }
      : { messages: [...history, { role: 'user', content } as NonNullable<QueryOptions['messages']>[number]] }),
    model,
    signal,
    cache: flags['no-cache'] ? 'off' : 'use',
    ...(fallbacks.length > 0 && { fallbacks, race: flags.race }),
    ...(system !== undefined && { system }),
    ...(deadlineMs !== undefined && { deadlineMs }),
    ...(flags['no-log'] && { capture: 'off' as const }),
    ...(temperature !== undefined && { temperature }),
    ...(maxTokens !== undefined && { maxTokens }),
  };
};

/** Refuses what a model is known not to take: also what was attached earlier in the conversation. */
const checkModels = async (
  hotpath: Hotpath,
  { model = '', fallbacks = [], messages = [] }: QueryOptions,
): Promise<void> => {
  const parts = messages.flatMap(({ content }): readonly { readonly type: string }[] =>
    typeof content === 'string' ? [] : content,
  );
  const types = parts.flatMap((part) =>
    part.type === 'image' ? 'image/any' : part.type === 'file' ? 'application/pdf' : [],
  );
  if (types.length === 0) return;
  const [{ refuseIncapable }, { needsOf }] = await Promise.all([
    import('./capabilities.ts'),
    import('./message-parts.ts'),
  ]);
  await refuseIncapable(hotpath, [model, ...fallbacks], needsOf(types));
};

/** Asks, tells the answer on standard output, and writes down what became of it. Resolves to the exit code. */
export const answerQuestion = async (answering: Answering): Promise<number> => {
  const { hotpath, flags, asked, deadlineMs, log } = answering;
  const { schema, prompt, attachments } = asked;
  const output = answerOutput(
    flags.json ? 'json' : flags['stream-json'] ? 'stream-json' : 'text',
    schema !== undefined,
  );
  let heard = '';
  let isAsked = false;
  let requestId = '';
  try {
    const query = await queryOf(answering);
    await checkModels(hotpath, query);
    // Refused before it is written down; by a schema the question is longer, and bound when it is asked.
    const bounded = schema === undefined ? await ceilingFor(hotpath, query, flags, 0) : query;
    log?.asked({ text: prompt, attachments, model: query.model ?? '', system: query.system, title: flags.title });
    if (deadlineMs !== undefined && flags.verbose)
      note('Waiting for a batch. Ctrl-C leaves what was submitted: ask the same again.');
    const once = async (asking: QueryOptions): Promise<QueryResult> => {
      heard = '';
      isAsked = true;
      requestId = randomUUID();
      return tell(hotpath, { ...asking, requestId }, output, (text) => {
        heard += text;
      });
    };
    const { result: answer, value } =
      schema === undefined
        ? { result: await once(bounded), value: undefined }
        : await (await import('./checked-answer.ts')).askForJson({
            hotpath,
            query,
            schema,
            ask: async (asking, spentUsd) => once(await ceilingFor(hotpath, asking, flags, spentUsd)),
            async onMisfit(errors) {
              await output.again(errors);
              note(`The answer does not fit the schema: ${errors[0]}. It is asked for once more.`);
            },
          });
    const result = rounded(answer);
    await output.close();
    await log?.answered(result.text, 'whole', { result });
    const conversation = log?.conversation()?.id;
    await output.result(result, {
      requestId,
      ...(conversation !== undefined && { conversation }),
      ...(schema !== undefined && { value }),
    });
    if (hotpath.simulated) warn(simulatedNote);
    if (result.finishReason === 'length') warn('the answer ends early: it reached the limit of tokens (--max-tokens).');
    if (result.finishReason === 'content-filter')
      warn(
        "the answer was held back by the provider's filter. Put the question in other words, or ask another model with --model.",
      );
    if (flags.verbose) note(describeResult(result, conversation));
    return 0;
  } catch (error) {
    await output.close();
    await (await import('../meant-model.ts')).nameMeantModel(error, hotpath);
    const isCut = answering.signal.aborted || (heard !== '' && schema === undefined);
    await log?.answered(heard, isCut ? 'cut' : 'failed', { error });
    if (flags.verbose && isAsked) note(describeFailure(error, log?.conversation()?.id));
    throw error;
  }
};
