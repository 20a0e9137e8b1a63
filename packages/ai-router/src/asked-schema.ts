import { isObject } from './formats/json.ts';
import type { Json, JsonObject } from './wire-format.ts';

/** The JSON Schema that a request wants its answer to fit, whatever its protocol; undefined where it wants none. */
export function askedSchema({
  response_format: chat,
  text,
  output_config: anthropic,
}: JsonObject): JsonObject | undefined {
  return (
    (isObject(chat) ? schemaIn(chat, chat.json_schema) : undefined) ??
    (isObject(text) ? schemaIn(text.format, text.format) : undefined) ??
    (isObject(anthropic) ? schemaIn(anthropic.format, anthropic.format) : undefined)
  );
}

function schemaIn(format: Json | undefined, described: Json | undefined): JsonObject | undefined {
  if (!isObject(format) || format.type !== 'json_schema' || !isObject(described)) return undefined;
  return isObject(described.schema) ? described.schema : undefined;
}
