import type { AnswerSummary } from './wire-format.ts';

/** What a provider tells of its answer beside the answer itself. */
export type ToldAnswer = Pick<AnswerSummary, 'usage' | 'finishReason'>;

/** That alone, without what is not told. */
export const toldOf = ({
  usage,
  finishReason,
}: { readonly [Name in keyof ToldAnswer]: ToldAnswer[Name] | undefined }): ToldAnswer => ({
  ...(usage && { usage }),
  ...(finishReason && { finishReason }),
});
