import type { Json } from '../../wire-format.ts';
import { isObject } from '../json.ts';
import { anything, emptyList, emptyObject, type FieldRules, only, onlyType } from '../request-fields.ts';

/** A request's fields. What is missing here (`top_k`, `container`, `mcp_servers`, `context_management`, …) would change the answer. */
export const requestRules: FieldRules = {
  model: 'translated',
  messages: 'translated',
  system: 'translated',
  max_tokens: 'translated',
  temperature: 'translated',
  top_p: 'translated',
  stop_sequences: 'translated',
  metadata: 'translated',
  stream: 'translated',

  // Defaults that are spelled out.
  thinking: onlyType('disabled'),
  output_config: emptyObject,
  speed: only('standard'),
  // Both mean at most the capacity that every request gets elsewhere.
  service_tier: only('auto', 'standard_only'),

  // Without tools these say nothing; tools are refused by their own name.
  tools: emptyList,
  mcp_servers: emptyList,
  tool_choice: (value: Json) => isObject(value) && (value.type === 'auto' || value.type === 'none'),

  // A hint that makes the same answer cheaper.
  cache_control: anything,
};

export const metadataRules: FieldRules = { user_id: 'translated' };

export const messageRules: FieldRules = { role: 'translated', content: 'translated' };

export const partRules: FieldRules = {
  type: 'translated',
  text: 'translated',
  cache_control: anything,
  citations: emptyList,
};
