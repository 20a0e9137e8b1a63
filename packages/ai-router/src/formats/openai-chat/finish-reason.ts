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

/**
 * What a finish reason means beside the answer it ends. OpenAI says `stop` for a refusal, and for calls of a tool that
 * the client forced; Gemini and older Ollama say it for every call.
 */
export function reasonOf(
  told: FinishReason,
  { refused, calls, stopped }: { readonly refused: boolean; readonly calls: boolean; readonly stopped: boolean },
): FinishReason {
  if (refused) return 'content-filter';
  if (stopped) return 'stop-sequence';
  return calls && told === 'stop' ? 'tool-calls' : told;
}

/**
 * OpenAI does not tell a stop sequence or a refusal in words from a natural end: both are `stop`. An end that nobody can name is
 * `length`, by which clients know that an answer may not be whole; strict ones refuse a word that OpenAI does not have.
 */
export function encodeFinishReason(reason: FinishReason, refused: boolean): string {
  if (reason === 'length' || reason === 'other') return 'length';
  if (reason === 'tool-calls') return 'tool_calls';
  if (reason === 'content-filter' && !refused) return 'content_filter';
  return 'stop';
}

export const interruptedMessage = (reason: string): string =>
  `The provider gave up in the middle of the answer (finish_reason "${reason}"). Ask again, or choose another model.`;
