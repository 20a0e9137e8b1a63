import type { FinishReason, JsonObject } from '../../wire-format.ts';

const reasons: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  stop_sequence: 'stop-sequence',
  tool_use: 'tool-calls',
  refusal: 'content-filter',
};

/** `pause_turn`, of which no other protocol knows, is `other`. */
export function decodeStopReason(reason: string): FinishReason {
  return (Object.hasOwn(reasons, reason) ? reasons[reason] : undefined) ?? 'other';
}

const names: Readonly<Record<FinishReason, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  'stop-sequence': 'stop_sequence',
  'tool-calls': 'tool_use',
  'content-filter': 'refusal',
  // Nobody can name it: by this one clients know that an answer may not be whole.
  other: 'max_tokens',
};

/** The fields in which a message tells why it ended. */
export function encodeStop(reason: FinishReason, stopSequence: string | undefined): JsonObject {
  return {
    stop_details: reason === 'content-filter' ? { type: 'refusal', category: null, explanation: null } : null,
    stop_reason: names[reason],
    stop_sequence: stopSequence ?? null,
  };
}
