import { requestInvalid } from '../../errors.ts';
import type { Json, JsonObject, Losses, ModelRequest, ModelTool, ToolChoice } from '../../wire-format.ts';
import { isList, isObject, textOf } from '../json.ts';
import { refuseLostFields } from '../request-fields.ts';
import { readBoolean, readText } from '../request-values.ts';
import { toolChoiceRules, toolRules } from './request-rules.ts';

const protocol = 'anthropic-messages';

type ToolFields = Pick<ModelRequest, 'tools' | 'toolChoice' | 'parallelToolCalls'>;

/** Reads `tools` and `tool_choice`. Tools that Anthropic runs or defines itself are refused by their type. Without tools, a choice that demands none says nothing. */
export function readTools(body: JsonObject, losses?: Losses): ToolFields {
  const { tools: list, tool_choice: choice } = body;
  if (list !== null && list !== undefined && !isList(list)) throw requestInvalid('"tools" must be a list.', 'tools');
  const tools = (list ?? []).map((tool, index) => readTool(tool, `tools[${index}]`, losses));
  const { toolChoice, parallelToolCalls } = readChoice(choice);
  if (tools.length === 0) {
    if (toolChoice === undefined || toolChoice === 'auto' || toolChoice === 'none') return {};
    throw requestInvalid('"tool_choice" asks for a tool, but "tools" holds none. Add one.', 'tool_choice');
  }
  return {
    tools,
    ...(toolChoice !== undefined && { toolChoice }),
    ...(parallelToolCalls !== undefined && { parallelToolCalls }),
  };
}

function readTool(tool: Json, path: string, losses?: Losses): ModelTool {
  if (!isObject(tool)) throw requestInvalid(`"${path}" must be an object.`, path);
  refuseLostFields(tool, toolRules, `${path}.`, protocol, losses);
  const name = textOf(tool.name);
  const description = readText(tool.description, `${path}.description`);
  const { input_schema: parameters, strict } = tool;
  if (name === undefined) throw requestInvalid(`"${path}.name" must be a text.`, `${path}.name`);
  if (!isObject(parameters)) {
    throw requestInvalid(`"${path}.input_schema" must be a JSON Schema of type "object".`, `${path}.input_schema`);
  }
  return {
    name,
    ...(description !== undefined && { description }),
    parameters,
    ...(typeof strict === 'boolean' && { strict }),
  };
}

const choices: Readonly<Record<string, ToolChoice>> = { auto: 'auto', any: 'required', none: 'none' };

function readChoice(choice: Json | undefined): Omit<ToolFields, 'tools'> {
  if (choice === null || choice === undefined) return {};
  if (!isObject(choice)) throw requestInvalid('"tool_choice" must be an object with a "type".', 'tool_choice');
  refuseLostFields(choice, toolChoiceRules, 'tool_choice.', protocol);
  const type = textOf(choice.type) ?? '';
  const name = textOf(choice.name);
  const toolChoice = type === 'tool' ? name && { name } : Object.hasOwn(choices, type) ? choices[type] : undefined;
  if (!toolChoice) {
    throw requestInvalid('"tool_choice" must be auto, any, none, or a tool with its "name".', 'tool_choice');
  }
  const disabled = readBoolean(choice, 'disable_parallel_tool_use', 'tool_choice.');
  return { toolChoice, ...(disabled !== undefined && { parallelToolCalls: !disabled }) };
}

/** Writes `tools` and `tool_choice`. That calls must come one at a time is part of the choice, which is then spelled out. */
export function writeTools({ tools = [], toolChoice, parallelToolCalls }: ToolFields): JsonObject {
  if (tools.length === 0 && (toolChoice === undefined || toolChoice === 'auto' || toolChoice === 'none')) return {};
  const choice = toolChoice ?? (parallelToolCalls === false ? 'auto' : undefined);
  return {
    ...(tools.length > 0 && { tools: tools.map(writeTool) }),
    ...(choice !== undefined && { tool_choice: writeChoice(choice, parallelToolCalls) }),
  };
}

function writeTool({ name, description, parameters, strict }: ModelTool): JsonObject {
  return {
    name,
    ...(description !== undefined && { description }),
    // A tool without parameters may leave its schema empty elsewhere, but not here.
    input_schema: parameters.type === undefined ? { type: 'object', ...parameters } : parameters,
    ...(strict !== undefined && { strict }),
  };
}

function writeChoice(choice: ToolChoice, parallel: boolean | undefined): JsonObject {
  if (choice === 'none') return { type: 'none' };
  return {
    ...(typeof choice === 'object'
      ? { type: 'tool', name: choice.name }
      : { type: choice === 'required' ? 'any' : 'auto' }),
    ...(parallel !== undefined && { disable_parallel_tool_use: !parallel }),
  };
}
