import type { Json } from '../../wire-format.ts';
import { isList, isObject } from '../json.ts';
import { anything, droppedUnless, emptyList, type FieldRules, only, onlyType } from '../request-fields.ts';

/** A request's fields. What is missing here (`container`, `inference_geo`, `fallbacks`, …) would change the answer, or promises something. */
export const requestRules: FieldRules = {
  model: 'translated',
  messages: 'translated',
  system: 'translated',
  max_tokens: 'translated',
  temperature: 'translated',
  top_p: 'translated',
  top_k: 'translated',
  stop_sequences: 'translated',
  metadata: 'translated',
  stream: 'translated',
  thinking: 'translated',
  output_config: 'translated',
  tools: 'translated',
  tool_choice: 'translated',

  // Defaults that are spelled out.
  speed: only('standard'),
  mcp_servers: emptyList,
  context_management: (value: Json) => isObject(value) && keepsEverything(value.edits),

  // Hints that make the same answer cheaper or faster, and questions about them.
  cache_control: 'dropped',
  diagnostics: 'dropped',
  service_tier: droppedUnless('auto'),
};

/** Edits that would clear thinking, but are told to keep all of it. */
function keepsEverything(edits: Json | undefined): boolean {
  if (edits === null || edits === undefined) return true;
  const keepsAll = (keep: Json | undefined): boolean => keep === 'all' || (isObject(keep) && keep.type === 'all');
  return (
    isList(edits) &&
    edits.every((edit) => isObject(edit) && edit.type === 'clear_thinking_20251015' && keepsAll(edit.keep))
  );
}

export const messageRules: FieldRules = { role: 'translated', content: 'translated' };

export const textRules: FieldRules = {
  type: 'translated',
  text: 'translated',
  cache_control: 'dropped',
  citations: emptyList,
};

export const imageRules: FieldRules = {
  type: 'translated',
  source: 'translated',
  cache_control: 'dropped',
  transformations: (value: Json) => isObject(value) && Object.values(value).every((way) => way === 'downsize'),
};

export const documentRules: FieldRules = {
  type: 'translated',
  source: 'translated',
  title: 'translated',
  cache_control: 'dropped',
  citations: (value: Json) => isObject(value) && value.enabled !== true,
};

export const sourceRules: FieldRules = {
  type: 'translated',
  data: 'translated',
  media_type: 'translated',
  url: 'translated',
};

export const resultRules: FieldRules = {
  type: 'translated',
  tool_use_id: 'translated',
  content: 'translated',
  is_error: 'translated',
  cache_control: 'dropped',
};

/** The fields of an assistant's blocks, by type; other types are refused. */
export const assistantRules: Readonly<Record<string, FieldRules>> = {
  text: textRules,
  thinking: { type: 'translated', thinking: 'translated', signature: 'translated' },
  redacted_thinking: { type: 'translated', data: 'translated' },
  tool_use: {
    type: 'translated',
    id: 'translated',
    name: 'translated',
    input: 'translated',
    cache_control: 'dropped',
    caller: onlyType('direct'),
  },
};

export const toolRules: FieldRules = {
  type: only('custom'),
  name: 'translated',
  description: 'translated',
  input_schema: 'translated',
  strict: 'translated',
  cache_control: 'dropped',
  // In how large pieces the arguments arrive.
  eager_input_streaming: anything,
  defer_loading: only(false),
  input_examples: emptyList,
  allowed_callers: (value: Json) => isList(value) && value.length === 1 && value[0] === 'direct',
};

export const toolChoiceRules: FieldRules = {
  type: 'translated',
  name: 'translated',
  disable_parallel_tool_use: 'translated',
};

export const thinkingRules: FieldRules = { type: 'translated', budget_tokens: 'translated', display: 'translated' };

export const outputRules: FieldRules = { effort: 'translated', format: 'translated' };

export const formatRules: FieldRules = { type: 'translated', schema: 'translated' };
