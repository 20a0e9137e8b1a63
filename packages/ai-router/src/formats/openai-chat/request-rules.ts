import type { Json } from '../../wire-format.ts';
import { isList } from '../json.ts';
import { anything, emptyList, emptyObject, type FieldRules, only, onlyType } from '../request-fields.ts';

const zero = only(0);

/** A request's fields. What is missing here (`seed`, `reasoning_effort`, `web_search_options`, …) would change the answer. */
export const requestRules: FieldRules = {
  model: 'translated',
  messages: 'translated',
  max_tokens: 'translated',
  max_completion_tokens: 'translated',
  temperature: 'translated',
  top_p: 'translated',
  stop: 'translated',
  user: 'translated',
  safety_identifier: 'translated',
  stream: 'translated',
  stream_options: 'translated',

  // Defaults that are spelled out.
  frequency_penalty: zero,
  presence_penalty: zero,
  logit_bias: emptyObject,
  logprobs: only(false),
  top_logprobs: zero,
  n: only(1),
  modalities: (value: Json) => isList(value) && value.length === 1 && value[0] === 'text',
  response_format: onlyType('text'),
  verbosity: only('medium'),
  // "default" and "auto" ask for nothing special; other tiers promise a price or a speed.
  service_tier: only('auto', 'default'),
  // True would promise that the provider keeps the answer.
  store: only(false),

  // Without tools these say nothing; tools are refused by their own name.
  tools: emptyList,
  functions: emptyList,
  tool_choice: only('auto', 'none'),
  function_call: only('auto', 'none'),
  parallel_tool_calls: anything,

  // Labels for the provider's dashboard, and hints that make the same answer faster or cheaper.
  metadata: anything,
  prediction: anything,
  prompt_cache_key: anything,
  prompt_cache_options: anything,
  prompt_cache_retention: anything,
};

export const streamOptionRules: FieldRules = {
  include_usage: 'translated',
  // Padding against traffic analysis; our own chunks carry none.
  include_obfuscation: anything,
  continuous_usage_stats: only(false),
};

/** A message's fields. `name` is refused: models see it. */
export const messageRules: FieldRules = {
  role: 'translated',
  content: 'translated',
  // Clients echo whole answers back; these are empty in an answer of text.
  tool_calls: emptyList,
  annotations: emptyList,
};

export const partRules: FieldRules = {
  type: 'translated',
  text: 'translated',
  cache_control: anything,
  prompt_cache_breakpoint: anything,
};
