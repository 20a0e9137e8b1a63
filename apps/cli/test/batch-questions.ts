import { createQuestions } from '../src/batch/question.ts';

/** Asks a row's own prompt, with no settings. */
export const questionOf = createQuestions('in.txt', {
  model: 'm',
  template: undefined,
  system: undefined,
  maxTokens: undefined,
  temperature: undefined,
  schema: undefined,
});
