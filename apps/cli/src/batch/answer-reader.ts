import type { JsonObject } from '@hotpath/runtime';
import { answerUnfit } from '../errors.ts';

/** Makes of an answer's text what stands in the output. Throws `CLI_ANSWER_UNFIT`. */
export type AnswerReader = (text: string) => unknown;

export const readAsText: AnswerReader = (text) => text;

/** Reads answers as JSON that must fit a JSON Schema, of the draft that it names, else 2020-12. */
export const createSchemaReader = async (schema: JsonObject): Promise<AnswerReader> => {
  const { Validator } = await import('@cfworker/json-schema');
  const draft = /draft-0?([47])\b/.exec(typeof schema.$schema === 'string' ? schema.$schema : '')?.[1];
  const validator = new Validator(schema, draft === '4' || draft === '7' ? draft : '2020-12');
  return (text) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw answerUnfit('it is not JSON');
    }
    const { valid, errors } = validator.validate(value);
    // The last one is the innermost.
    const { keyword = 'schema', instanceLocation = '#' } = errors.at(-1) ?? {};
    if (!valid) throw answerUnfit(`it does not fit the schema: "${keyword}" at "${instanceLocation}"`);
    return value;
  };
};
