import type { Json } from '../../wire-format.ts';
import { isObject } from '../json.ts';
import { anything, droppedUnless, emptyList, emptyObject, type FieldRules, only } from '../request-fields.ts';

/** An object of which anything may be left out, if it is told; one that is empty says nothing. */
const droppedUnlessEmpty = (value: Json): true | 'dropped' => emptyObject(value) || 'dropped';

/**
 * A request's fields. What is missing here changes the answer, or relies on something that OpenAI keeps or runs itself:
 * `previous_response_id`, `conversation`, `prompt`, `moderation`, …
 */
export const requestRules: FieldRules = {
  model: 'translated',
  input: 'translated',
  instructions: 'translated',
  max_output_tokens: 'translated',
  temperature: 'translated',
  top_p: 'translated',
  tools: 'translated',
  tool_choice: 'translated',
  parallel_tool_calls: 'translated',
  text: 'translated',
  reasoning: 'translated',
  include: 'translated',
  user: 'translated',
  safety_identifier: 'translated',
  stream: 'translated',
  stream_options: 'translated',

  // Defaults that are spelled out.
  background: only(false),
  truncation: only('disabled'),
  top_logprobs: only(0),
  context_management: emptyList,
  access_programs: emptyObject,
  // Only "enabled" asks for something: images that reach the model as they are sent are what everyone else has.
  image: (value: Json) => isObject(value) && value.context_compression !== 'enabled',
  // Counts calls of built-in tools, which are refused by their own name.
  max_tool_calls: anything,

  // Nothing is stored on the way to another provider, which is told to those who asked for it. Absent, it stands for OpenAI's
  // default and not for a wish.
  store: droppedUnless(false),
  // "default" and "auto" ask for nothing special.
  service_tier: droppedUnless('auto', 'default'),
  metadata: droppedUnlessEmpty,
  prompt_cache_key: 'dropped',
  prompt_cache_retention: 'dropped',
  // Prewarming asks for no answer at all.
  prompt_cache_options: (value: Json) =>
    isObject(value) && value.prewarm === true ? false : droppedUnlessEmpty(value),
};

export const streamOptionRules: FieldRules = {
  // Padding against traffic analysis; our own events carry none.
  include_obfuscation: anything,
};

export const textRules: FieldRules = { format: 'translated', verbosity: droppedUnless('medium') };

export const formatRules: FieldRules = {
  type: 'translated',
  name: 'translated',
  schema: 'translated',
  description: 'translated',
  strict: 'translated',
};

export const reasoningRules: FieldRules = {
  effort: 'translated',
  summary: 'translated',
  generate_summary: 'translated',
  context: only('auto'),
  mode: only('standard'),
};

export const toolRules: FieldRules = {
  type: 'translated',
  name: 'translated',
  description: 'translated',
  parameters: 'translated',
  strict: 'translated',
  allowed_callers: (value: Json) => JSON.stringify(value) === '["direct"]',
  async: only(false),
  defer_loading: only(false),
};

// What OpenAI writes on items of its own, and clients send back with them.
const asReturned: FieldRules = { id: anything, status: anything, created_by: anything };

export const messageRules: FieldRules = {
  ...asReturned,
  type: 'translated',
  role: 'translated',
  content: 'translated',
  // Whether a message was meant as commentary: OpenAI's own models alone know these labels.
  phase: 'dropped',
};

const calledDirectly = (value: Json): boolean => isObject(value) && value.type === 'direct';

export const functionCallRules: FieldRules = {
  ...asReturned,
  type: 'translated',
  call_id: 'translated',
  name: 'translated',
  arguments: 'translated',
  caller: calledDirectly,
  async: only(false),
};

export const functionCallOutputRules: FieldRules = {
  ...asReturned,
  type: 'translated',
  call_id: 'translated',
  output: 'translated',
  // The call has it too.
  name: anything,
  caller: calledDirectly,
};

export const reasoningItemRules: FieldRules = {
  ...asReturned,
  type: 'translated',
  summary: 'translated',
  content: 'translated',
  encrypted_content: 'translated',
};

export const textPartRules: FieldRules = {
  type: 'translated',
  text: 'translated',
  prompt_cache_breakpoint: 'dropped',
  // Clients echo whole answers back; this is empty where no built-in tool was used.
  annotations: emptyList,
  logprobs: anything,
};

export const refusalPartRules: FieldRules = { type: 'translated', refusal: 'translated' };

export const imagePartRules: FieldRules = {
  type: 'translated',
  image_url: 'translated',
  detail: 'translated',
  prompt_cache_breakpoint: 'dropped',
};

export const filePartRules: FieldRules = {
  type: 'translated',
  file_data: 'translated',
  file_url: 'translated',
  filename: 'translated',
  detail: droppedUnless('auto'),
  prompt_cache_breakpoint: 'dropped',
};
