import type { FinishReason } from '../../wire-format.ts';

// Beside OpenAI's own: text-generation-inference (`eos_token`, `stop_sequence`), Mistral (`model_length`).
const reasons: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  eos: 'stop',
  eos_token: 'stop',
  end_turn: 'stop',
  stop_sequence: 'stop-sequence',
  length: 'length',
  max_tokens: 'length',
  model_length: 'length',
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
  content_filter: 'content-filter',
};

/** Says that the provider gave up: Mistral and OpenRouter (`error`), vLLM (`abort`), DeepSeek. Such an answer is not whole. */
const interruptions: ReadonlySet<string> = new Set(['error', 'abort', 'insufficient_system_resource']);

export function decodeFinishReason(reason: string): FinishReason | 'interrupted' {
  if (interruptions.has(reason)) return 'interrupted';
  return (Object.hasOwn(reasons, reason) ? reasons[reason] : undefined) ?? 'other';
}

/** OpenAI does not tell a stop sequence from a natural end, and has no word for `other`: both are `stop`. */
export function encodeFinishReason(reason: FinishReason): string {
  if (reason === 'length') return 'length';
  if (reason === 'tool-calls') return 'tool_calls';
  if (reason === 'content-filter') return 'content_filter';
  return 'stop';
}

export const interruptedMessage = (reason: string): string =>
  `The provider gave up in the middle of the answer (finish_reason "${reason}"). Ask again, or choose another model.`;
