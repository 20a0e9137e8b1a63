import { showCount } from '../figures.ts';
import type { Journal } from './journal.ts';
import type { JobSettings } from './question.ts';

const texts = ({
  model,
  template,
  system,
  maxTokens,
  temperature,
  schema,
}: JobSettings): Readonly<Record<string, string>> => ({
  template: JSON.stringify(template ?? null),
  'system prompt': JSON.stringify(system ?? null),
  model: JSON.stringify(model),
  schema: JSON.stringify(schema ?? null),
  'limit of tokens': JSON.stringify(maxTokens ?? null),
  temperature: JSON.stringify(temperature ?? null),
});

/** Which settings are not what they were at the last run. */
export const changedSettings = (journal: Pick<Journal, 'recall'>, settings: JobSettings): readonly string[] =>
  Object.entries(texts(settings)).flatMap(([name, text]) => {
    const before = journal.recall(name);
    return before === undefined || before === text ? [] : [name];
  });

export const rememberSettings = (journal: Pick<Journal, 'remember'>, settings: JobSettings): void => {
  for (const [name, text] of Object.entries(texts(settings))) journal.remember(name, text);
};

/** What to say of answers that nothing asks for any more; undefined where there is nothing to say. */
export const describeChanges = (changed: readonly string[], unused: number): string | undefined => {
  if (changed.length === 0 && unused === 0) return undefined;
  const what = changed.length === 0 ? 'rows have changed' : `the ${changed.join(', the ')} changed`;
  return unused === 0
    ? `${what} since the last run.`
    : `${what} since the last run: ${showCount(unused)} ${unused === 1 ? 'answer' : 'answers'} of it fit no row any more, and such rows are asked anew.`;
};
