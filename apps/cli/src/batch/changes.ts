import { showCount } from '../figures.ts';
import type { JobSettings } from './question.ts';

const words: Readonly<Record<keyof JobSettings, string>> = {
  template: 'template',
  system: 'system prompt',
  model: 'model',
  schema: 'schema',
  maxTokens: 'limit of tokens',
  temperature: 'temperature',
};

/** Which settings are not what they were at the last run. */
export const changedSettings = (
  before: Readonly<Record<string, unknown>> | undefined,
  settings: JobSettings,
): readonly string[] =>
  before === undefined
    ? []
    : Object.entries(words).flatMap(([name, word]) =>
        JSON.stringify(before[name]) === JSON.stringify(settings[name as keyof JobSettings]) ? [] : [word],
      );

/** What to say of answers that nothing asks for any more; undefined where there is nothing to say. */
export const describeChanges = (changed: readonly string[], unused: number): string | undefined => {
  if (changed.length === 0 && unused === 0) return undefined;
  const what = changed.length === 0 ? 'rows have changed' : `the ${changed.join(', the ')} changed`;
  return unused === 0
    ? `${what} since the last run.`
    : `${what} since the last run: ${showCount(unused)} ${unused === 1 ? 'answer' : 'answers'} of it fit no row any more, and such rows are asked anew.`;
};
