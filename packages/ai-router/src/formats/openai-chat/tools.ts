import { fieldUnsupported, requestInvalid } from '../../errors.ts';
import type { Json, JsonObject, Losses, ModelTool, ToolChoice } from '../../wire-format.ts';
import { isList, isObject, textOf } from '../json.ts';
import { refuseLostFields } from '../request-fields.ts';
import { readBoolean, readText } from '../request-values.ts';
import { functionRules, toolRules } from './request-rules.ts';

const protocol = 'openai-chat';

/** Reads the functions that the model may call; nothing for an empty list. */
export function readTools(tools: Json | undefined, losses: Losses | undefined): readonly ModelTool[] | undefined {
  if (tools === null || tools === undefined) return undefined;
  if (!isList(tools)) throw requestInvalid('"tools" must be a list.', 'tools');
  return tools.length === 0 ? undefined : tools.map((tool, index) => readTool(tool, `tools[${index}]`, losses));
}

function readTool(tool: Json, path: string, losses: Losses | undefined): ModelTool {
  if (!isObject(tool)) throw requestInvalid(`"${path}" must be an object with a "type".`, path);
  // Custom tools take free text, and the provider's own run where no other provider can.
  if (tool.type !== 'function') throw fieldUnsupported(path, protocol);
  refuseLostFields(tool, toolRules, `${path}.`, protocol, losses);
  const called = tool.function;
  if (!isObject(called)) throw requestInvalid(`"${path}.function" must be an object.`, `${path}.function`);
  refuseLostFields(called, functionRules, `${path}.function.`, protocol, losses);
  const name = textOf(called.name);
  if (name === undefined) throw requestInvalid(`"${path}.function.name" must be a text.`, `${path}.function.name`);
  const description = readText(called.description, `${path}.function.description`);
  const strict = readBoolean(called, 'strict', `${path}.function.`);
  return {
    name,
    ...(description !== undefined && { description }),
    parameters: readSchema(called.parameters, `${path}.function.parameters`) ?? noParameters,
    ...(strict !== undefined && { strict }),
  };
}

const noParameters: JsonObject = { type: 'object', properties: {} };

/** A JSON Schema that may be left out. */
export function readSchema(schema: Json | undefined, path: string): JsonObject | undefined {
  if (schema === null || schema === undefined) return undefined;
  if (isObject(schema)) return schema;
  throw requestInvalid(`"${path}" must be a JSON Schema, an object.`, path);
}

/** Reads which tool is to be called. Without tools it says nothing, and must demand nothing. */
export function readToolChoice(choice: Json | undefined, hasTools: boolean): ToolChoice | undefined {
  if (choice === null || choice === undefined) return undefined;
  if (choice === 'auto' || choice === 'none') return hasTools ? choice : undefined;
  if (!hasTools) {
    throw requestInvalid('"tool_choice" demands a tool, but there are no "tools". Name some.', 'tool_choice');
  }
  if (choice === 'required') return choice;
  if (isObject(choice) && choice.type === 'function') {
    const name = isObject(choice.function) ? textOf(choice.function.name) : undefined;
    if (name !== undefined) return { name };
    throw requestInvalid('"tool_choice.function.name" must name a tool.', 'tool_choice.function.name');
  }
  if (isObject(choice)) throw fieldUnsupported('tool_choice', protocol);
  throw requestInvalid('"tool_choice" must be "auto", "none", "required" or an object.', 'tool_choice');
}

export const writeTool = ({ name, description, parameters, strict }: ModelTool): JsonObject => ({
  type: 'function',
  function: {
    name,
    ...(description !== undefined && { description }),
    parameters,
    ...(strict !== undefined && { strict }),
  },
});

export const writeToolChoice = (choice: ToolChoice): Json =>
  typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.name } };
