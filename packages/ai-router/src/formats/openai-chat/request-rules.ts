import type { Json } from '../../wire-format.ts';
import { isList } from '../json.ts';
import { anything, droppedUnless, emptyList, emptyObject, type FieldRules, only } from '../request-fields.ts';

const zero = only(0);

/** A request's fields. What is missing here (`web_search_options`, `moderation`, …) would change the answer. */
export const requestRules: FieldRules = {
  model: 'translated',
  messages: 'translated',
  tools: 'translated',
  tool_choice: 'translated',
  parallel_tool_calls: 'translated',
  response_format: 'translated',
  reasoning_effort: 'translated',
  max_tokens: 'translated',
  max_completion_tokens: 'translated',
  temperature: 'translated',
  top_p: 'translated',
  // vLLM's, OpenRouter's and others', not OpenAI's.
  top_k: 'translated',
  seed: 'translated',
  frequency_penalty: 'translated',
  presence_penalty: 'translated',
  stop: 'translated',
  user: 'translated',
  safety_identifier: 'translated',
  stream: 'translated',
  stream_options: 'translated',

  // Defaults that are spelled out.
  logit_bias: emptyObject,
  logprobs: only(false),
  top_logprobs: zero,
  n: only(1),
  modalities: (value: Json) => isList(value) && value.length === 1 && value[0] === 'text',
  // True would promise that the provider keeps the answer.
  store: only(false),
  functions: emptyList,
  function_call: only('auto', 'none'),

  // A guess at the answer, which makes the same answer faster.
  prediction: anything,

  // Left out by policy: labels for the provider's dashboard, a price or a speed, a style, hints to a prompt cache.
  metadata: 'dropped',
  service_tier: droppedUnless('auto', 'default'),
  verbosity: droppedUnless('medium'),
  prompt_cache_key: 'dropped',
  prompt_cache_options: 'dropped',
  prompt_cache_retention: 'dropped',
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
  cache_control: 'dropped',
};

export const assistantRules: FieldRules = {
  ...messageRules,
  refusal: 'translated',
  tool_calls: 'translated',
  reasoning: 'translated',
  reasoning_content: 'translated',
  reasoning_details: 'translated',
  // Clients echo whole answers back. This is empty where nothing was cited,
  annotations: emptyList,
  // and this, which OpenAI's SDK adds, repeats the content.
  parsed: anything,
};

/** The name of a tool's result repeats the call's. */
export const toolMessageRules: FieldRules = { ...messageRules, tool_call_id: 'translated', name: anything };

export const toolCallRules: FieldRules = {
  id: 'translated',
  type: only('function'),
  function: 'translated',
  extra_content: 'translated',
  // Echoed from a stream.
  index: anything,
};

export const calledFunctionRules: FieldRules = {
  name: 'translated',
  arguments: 'translated',
  // OpenAI's SDK adds it; it repeats the arguments.
  parsed_arguments: anything,
};

/** Fields that a part of any type may have. */
const hints: FieldRules = { type: 'translated', cache_control: 'dropped', prompt_cache_breakpoint: 'dropped' };

export const partRules: FieldRules = { ...hints, text: 'translated' };
export const refusalPartRules: FieldRules = { ...hints, refusal: 'translated' };
export const mediaPartRules: FieldRules = { ...hints, image_url: 'translated', file: 'translated' };
export const imageRules: FieldRules = { url: 'translated', detail: (value) => imageDetails(value) || 'dropped' };
export const fileRules: FieldRules = { file_data: 'translated', filename: 'translated' };

const imageDetails = only('low', 'high', 'auto');

export const toolRules: FieldRules = { type: only('function'), function: 'translated', cache_control: 'dropped' };

export const functionRules: FieldRules = {
  name: 'translated',
  description: 'translated',
  parameters: 'translated',
  strict: 'translated',
};

export const responseFormatRules: FieldRules = { type: 'translated', json_schema: 'translated' };

export const jsonSchemaRules: FieldRules = {
  name: 'translated',
  description: 'translated',
  schema: 'translated',
  strict: 'translated',
};
