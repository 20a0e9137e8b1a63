import type { FinishReason, JsonObject } from '../../wire-format.ts';
import { isObject, textOf } from '../json.ts';

/** What an answer holds that decides how it ended; OpenAI says only that it is complete. */
export interface Said {
  readonly calls: boolean;
  readonly refuses: boolean;
}

const reasons: Readonly<Record<string, FinishReason>> = {
  max_output_tokens: 'length',
  content_filter: 'content-filter',
};

/** Reads how a response ended; `interrupted`: it failed, was cancelled, or is not done yet. A status that is missing tells nothing. */
export function decodeFinish(response: JsonObject, said: Said): FinishReason | 'interrupted' {
  if (response.status === 'incomplete') {
    const details = isObject(response.incomplete_details) ? response.incomplete_details : {};
    const reason = textOf(details.reason) ?? '';
    return (Object.hasOwn(reasons, reason) ? reasons[reason] : undefined) ?? 'other';
  }
  if (response.status === 'completed') {
    if (said.calls) return 'tool-calls';
    return said.refuses ? 'content-filter' : 'stop';
  }
  return textOf(response.status) === undefined ? 'other' : 'interrupted';
}

/**
 * The fields in which a response tells how it ended. A model that refuses in words has completed its answer. An end that nobody
 * can name is the limit of tokens, by which clients know that an answer may not be whole.
 */
export function encodeFinish(
  reason: FinishReason,
  said: Said,
): { status: string; incomplete_details: JsonObject | null } {
  const incomplete = (why: string) => ({ status: 'incomplete', incomplete_details: { reason: why } });
  if (reason === 'length' || reason === 'other') return incomplete('max_output_tokens');
  if (reason === 'content-filter' && !said.refuses) return incomplete('content_filter');
  return { status: 'completed', incomplete_details: null };
}

export const interruptedMessage = (status: string): string =>
  `The provider stopped before the answer was done (status "${status}"). Ask again, or choose another model.`;
