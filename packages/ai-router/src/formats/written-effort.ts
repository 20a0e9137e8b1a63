import type { Losses, ModelRequest, ReasoningOptions } from '../wire-format.ts';
import { effortOf } from './request-reasoning.ts';

type Effort = NonNullable<ReasoningOptions['effort']>;

/**
 * Models that can be told not to reason: OpenAI's from GPT-5.1 on, but for those that always do (its API reference,
 * `reasoning_effort`), xAI's from Grok 4.3 on, Gemini 2.5 Flash. Others refuse the word.
 */
const canBeToldNotTo =
  /(?:^|\/)(?:ft:)?(?:gpt-5\.[1-9](?!.*-(?:pro|codex))|gpt-[6-9](?!.*-pro)|grok-4\.[3-9]|grok-[5-9]|gemini-2\.5-flash)/;

/** Models that never reason, so that nothing is lost by not telling them. */
const neverReasons = /(?:^|\/)(?:ft:)?(?:gpt-[34]|chatgpt-)/;

/**
 * The effort to write for OpenAI's protocols: as it was asked for, or the one whose budget was. Not to reason at all is said
 * to models alone that know the word; for others it is dropped, and told where they may reason all the same.
 */
export function writtenEffort({ model, reasoning }: ModelRequest, losses: Losses | undefined): Effort | undefined {
  const { effort, budgetTokens } = reasoning ?? {};
  const wanted = effort ?? (budgetTokens === undefined ? undefined : effortOf(budgetTokens));
  if (wanted !== 'none' || canBeToldNotTo.test(model)) return wanted;
  if (!neverReasons.test(model)) losses?.drop('reasoning');
  return undefined;
}
