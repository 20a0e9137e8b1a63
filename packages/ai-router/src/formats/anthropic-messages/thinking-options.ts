import { fieldUnsupported, requestInvalid } from '../../errors.ts';
import type { Json, JsonObject, Losses, ModelRequest, ReasoningOptions } from '../../wire-format.ts';
import { isObject } from '../json.ts';
import { refuseLostFields } from '../request-fields.ts';
import { budgetOf } from '../request-reasoning.ts';
import { readTokenLimit } from '../request-values.ts';
import { thinkingRules } from './request-rules.ts';

const protocol = 'anthropic-messages';

/** What `max_tokens` is for where the client gave no limit: Anthropic demands one, and every model it serves allows this much. */
const answerTokens = 4096;
/** The most that every model with budgets allows; later ones allow more. */
const mostTokensWithBudget = 32_000;
/** Anthropic refuses smaller budgets. */
const leastBudget = 1024;

const efforts: ReadonlySet<Json | undefined> = new Set(['low', 'medium', 'high', 'xhigh', 'max']);

/**
 * Reads `thinking` and `output_config.effort`. Thinking that is disabled is what Anthropic's clients spell out for "as usual",
 * and is read as if it were not there; it leaves nothing for the effort to say about it, which is dropped.
 */
export function readThinking(
  thinking: Json | undefined,
  effort: Json | undefined,
  losses?: Losses,
): ReasoningOptions | undefined {
  if (effort !== null && effort !== undefined && !efforts.has(effort)) {
    throw requestInvalid('"output_config.effort" must be low, medium, high, xhigh or max.', 'output_config.effort');
  }
  const told = typeof effort === 'string' ? { effort: effort as NonNullable<ReasoningOptions['effort']> } : undefined;
  if (thinking === null || thinking === undefined) return told;
  if (!isObject(thinking)) throw requestInvalid('"thinking" must be an object with a "type".', 'thinking');
  refuseLostFields(thinking, thinkingRules, 'thinking.', protocol, losses);
  if (thinking.type === 'disabled') {
    if (told) losses?.drop('output_config.effort');
    return undefined;
  }
  const visible =
    thinking.display === null || thinking.display === undefined ? undefined : thinking.display !== 'omitted';
  const options = { ...told, ...(visible !== undefined && { visible }) };
  if (thinking.type === 'adaptive') return options;
  if (thinking.type !== 'enabled') throw fieldUnsupported('thinking.type', protocol);
  const budgetTokens = readTokenLimit(thinking, 'budget_tokens', 'thinking.');
  if (budgetTokens !== undefined) return { ...options, budgetTokens };
  throw requestInvalid('"thinking.budget_tokens" is missing. Say how much to think.', 'thinking.budget_tokens');
}

/** Models from before Claude 4.6 do not decide on their own how much to think: they are given a budget. */
const budgetModel = /claude-(?:3|(?:opus|sonnet|haiku)-4(?![-.][6-9]))/;

/**
 * Writes `max_tokens`, `thinking` and the effort that belongs into `output_config`. The limit holds thinking and answer
 * together; where the client gave none it is 4,096 and what the effort may think with. A budget made from an effort
 * leaves 4,096 tokens or a quarter of the limit to the answer; where it gets less than Anthropic's least, thinking is dropped.
 */
export function writeThinking(
  { model, maxTokens, reasoning }: Pick<ModelRequest, 'model' | 'maxTokens' | 'reasoning'>,
  losses?: Losses,
): { readonly fields: JsonObject; readonly effort?: string } {
  if (!reasoning || reasoning.effort === 'none') {
    return { fields: { max_tokens: maxTokens ?? answerTokens, ...(reasoning && { thinking: { type: 'disabled' } }) } };
  }
  const { effort, budgetTokens, visible } = reasoning;
  const display = visible === undefined ? {} : { display: visible ? 'summarized' : 'omitted' };
  const level = effort === undefined ? {} : { effort: effort === 'minimal' ? 'low' : effort };
  if (budgetTokens !== undefined) {
    const limit = maxTokens ?? answerTokens + budgetTokens;
    return { fields: writeBudget(limit, Math.min(budgetTokens, limit - 1), display, losses), ...level };
  }
  const wanted = budgetOf(effort ?? 'medium');
  if (!budgetModel.test(model)) {
    return {
      fields: { max_tokens: maxTokens ?? answerTokens + wanted, thinking: { type: 'adaptive', ...display } },
      ...level,
    };
  }
  const limit = maxTokens ?? Math.min(answerTokens + wanted, mostTokensWithBudget);
  const room = limit - Math.min(answerTokens, Math.ceil(limit / 4));
  return { fields: writeBudget(limit, Math.min(wanted, room), display, losses) };
}

function writeBudget(limit: number, budget: number, display: JsonObject, losses?: Losses): JsonObject {
  if (budget >= leastBudget) {
    return { max_tokens: limit, thinking: { type: 'enabled', budget_tokens: budget, ...display } };
  }
  losses?.drop('reasoning');
  return { max_tokens: limit };
}
