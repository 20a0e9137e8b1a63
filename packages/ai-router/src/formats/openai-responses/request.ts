import { fieldUnsupported, keptAtOpenai, requestInvalid } from '../../errors.ts';
import type {
  Json,
  JsonObject,
  Losses,
  ModelMessage,
  ModelRequest,
  ModelTool,
  ReasoningOptions,
  ResponseFormat,
  ToolChoice,
} from '../../wire-format.ts';
import { isList, isObject } from '../json.ts';
import { type FieldRules, refuseLostFields } from '../request-fields.ts';
import { readBoolean, readModel, readNumber, readText, readTokenLimit } from '../request-values.ts';
import { readRequired } from './content.ts';
import { readInput } from './input.ts';
import { formatRules, reasoningRules, requestRules, streamOptionRules, textRules, toolRules } from './request-rules.ts';

const protocol = 'openai-responses';

/**
 * Reads a Responses request. `safety_identifier` wins over `user`, which it replaces. Nothing of it is stored at another
 * provider: what refers to something stored is refused, and `store: true` is dropped with a report.
 */
export function decodeRequest(body: JsonObject, losses?: Losses): ModelRequest {
  const model = readModel(body);
  refuseReferences(body);
  refuseLostFields(body, requestRules, '', protocol, losses);
  refuseIncludes(body.include);
  const messages = readInput(body.input, losses);
  const instructions = readText(body.instructions, 'instructions');
  const tools = readTools(body.tools);
  const toolChoice = readToolChoice(body.tool_choice);
  const parallelToolCalls = readBoolean(body, 'parallel_tool_calls');
  const responseFormat = readFormat(body.text, losses);
  const reasoning = readReasoningOptions(body.reasoning);
  const maxTokens = readTokenLimit(body, 'max_output_tokens');
  const temperature = readNumber(body, 'temperature', 0, 2);
  const topP = readNumber(body, 'top_p', 0, 1);
  const user = readText(body.safety_identifier, 'safety_identifier') ?? readText(body.user, 'user');
  const stream = readBoolean(body, 'stream') ?? false;
  readOptions(body.stream_options, 'stream_options', streamOptionRules);
  return {
    model,
    messages: instructions ? [systemMessage(instructions), ...messages] : messages,
    ...(tools && { tools }),
    ...(toolChoice && { toolChoice }),
    ...(parallelToolCalls !== undefined && { parallelToolCalls }),
    ...(responseFormat && { responseFormat }),
    ...(reasoning && { reasoning }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(user !== undefined && { user }),
    stream,
    // Every stream carries it at its end.
    ...(stream && { streamUsage: true }),
  };
}

/** Earlier turns that are named instead of sent. */
const references: Readonly<Record<string, string>> = {
  previous_response_id: 'an earlier response',
  conversation: 'a conversation',
};

function refuseReferences(body: JsonObject): void {
  for (const [name, what] of Object.entries(references)) {
    if (body[name] !== null && body[name] !== undefined) throw keptAtOpenai(name, what);
  }
}

const systemMessage = (text: string): ModelMessage => ({ role: 'system', content: [{ type: 'text', text }] });

/** The object, checked field by field; nothing where there is none. */
function readOptions(
  value: Json | undefined,
  path: string,
  rules: FieldRules,
  losses?: Losses,
): JsonObject | undefined {
  if (value === null || value === undefined) return undefined;
  if (!isObject(value)) throw requestInvalid(`"${path}" must be an object.`, path);
  refuseLostFields(value, rules, `${path}.`, protocol, losses);
  return value;
}

/** Encrypted reasoning comes with every translated answer, asked for or not. */
function refuseIncludes(include: Json | undefined): void {
  if (include === null || include === undefined) return;
  if (!isList(include)) throw requestInvalid('"include" must be a list of texts.', 'include');
  const index = include.findIndex((name) => name !== 'reasoning.encrypted_content');
  if (index !== -1) throw fieldUnsupported(`include[${index}]`, protocol);
}

function readTools(tools: Json | undefined): ModelTool[] | undefined {
  if (tools === null || tools === undefined) return undefined;
  if (!isList(tools)) throw requestInvalid('"tools" must be a list of tools.', 'tools');
  return tools.length === 0 ? undefined : tools.map(readTool);
}

/** A tool that is not said to be strict is not: OpenAI would bend its schema to be so, where another provider would refuse it. */
function readTool(tool: Json, index: number): ModelTool {
  const path = `tools[${index}]`;
  if (!isObject(tool)) throw requestInvalid(`"${path}" must be an object.`, path);
  if (tool.type !== 'function') throw fieldUnsupported(path, protocol);
  refuseLostFields(tool, toolRules, `${path}.`, protocol);
  const parameters = tool.parameters ?? { type: 'object', properties: {} };
  if (!isObject(parameters)) throw requestInvalid(`"${path}.parameters" must be an object.`, `${path}.parameters`);
  const description = readText(tool.description, `${path}.description`);
  return {
    name: readRequired(tool.name, `${path}.name`),
    ...(description !== undefined && { description }),
    parameters,
    ...(tool.strict === true && { strict: true }),
  };
}

function readToolChoice(choice: Json | undefined): ToolChoice | undefined {
  if (choice === null || choice === undefined) return undefined;
  if (choice === 'auto' || choice === 'none' || choice === 'required') return choice;
  if (isObject(choice) && choice.type === 'function') return { name: readRequired(choice.name, 'tool_choice.name') };
  if (isObject(choice) && typeof choice.type === 'string') throw fieldUnsupported('tool_choice', protocol);
  throw requestInvalid('"tool_choice" must be "auto", "none", "required" or name a function.', 'tool_choice');
}

function readFormat(value: Json | undefined, losses?: Losses): ResponseFormat | undefined {
  const format = readOptions(readOptions(value, 'text', textRules, losses)?.format, 'text.format', formatRules);
  if (!format || format.type === 'text') return undefined;
  if (format.type === 'json_object') return { type: 'json' };
  if (format.type !== 'json_schema') {
    throw requestInvalid('"text.format.type" must be text, json_object or json_schema.', 'text.format.type');
  }
  if (!isObject(format.schema)) throw requestInvalid('"text.format.schema" must be an object.', 'text.format.schema');
  const description = readText(format.description, 'text.format.description');
  const strict = readBoolean(format, 'strict', 'text.format.');
  return {
    type: 'json-schema',
    name: readRequired(format.name, 'text.format.name'),
    schema: format.schema,
    ...(description !== undefined && { description }),
    ...(strict !== undefined && { strict }),
  };
}

const efforts: ReadonlySet<Json | undefined> = new Set(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']);

function readReasoningOptions(value: Json | undefined): ReasoningOptions | undefined {
  const options = readOptions(value, 'reasoning', reasoningRules);
  if (!options) return undefined;
  const effort = options.effort ?? undefined;
  if (effort !== undefined && !efforts.has(effort)) {
    throw requestInvalid(`"reasoning.effort" must be one of ${[...efforts].join(', ')}.`, 'reasoning.effort');
  }
  const summary = readText(options.summary, 'reasoning.summary');
  const visible = summary ?? readText(options.generate_summary, 'reasoning.generate_summary');
  if (effort === undefined && visible === undefined) return undefined;
  return {
    ...(effort !== undefined && { effort: effort as NonNullable<ReasoningOptions['effort']> }),
    ...(visible !== undefined && { visible: true }),
  };
}
