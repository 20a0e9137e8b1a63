import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a reference shows of a JSON Schema. */
interface Schema {
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
}

// In a table of Markdown, a bar ends the cell.
const cell = (text: string): string => text.replaceAll('|', String.raw`\|`).replaceAll('<', '&lt;');

/** What a field takes, in a few words. */
const taken = (schema: Schema): string => {
  if (schema.$ref === '#') return 'a workflow';
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(', ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(taken).join(', or ');
  const from = schema.minimum === undefined ? '' : ` from ${schema.minimum}`;
  switch (schema.type) {
    case 'string':
      return 'text';
    case 'integer':
      return `whole number${from}`;
    case 'number':
      return `number${from}`;
    case 'boolean':
      return 'true or false';
    case 'array': {
      const { type } = schema.items ?? {};
      return type === 'string' ? 'list of texts' : type === 'object' ? 'list of objects' : 'list';
    }
    case 'object': {
      const { additionalProperties: values } = schema;
      return typeof values === 'object' && values.type === 'string' ? 'texts by name' : 'values by name';
    }
    default:
      return 'anything';
  }
};

const table = (fields: readonly (readonly [string, Schema])[], required: readonly string[] = []): string =>
  [
    '| field | takes | |',
    '|---|---|---|',
    ...fields.map(([name, schema]) => {
      const needed = required.includes(name) ? ' (required)' : '';
      return `| \`${name}\`${needed} | ${cell(taken(schema))} | ${cell(schema.description ?? '')} |`;
    }),
  ].join('\n');

const fieldsOf = (schema: Schema): readonly (readonly [string, Schema])[] => Object.entries(schema.properties ?? {});

/**
 * The tables for a marker `schema: path part`. Parts: `document`, the fields of the whole; the name of one of these that holds
 * objects by name, their fields; `common`, the fields that all alternatives of the items of `steps` have; `usual`, those that more
 * than half of them have; `kinds`, a section for each alternative with its own.
 */
export const renderSchema = (root: string, path: string, part = 'document'): string => {
  const file = join(root, path);
  if (!existsSync(file)) throw new Error(`${path} is missing: correct the marker, or add the file.`);
  const document = JSON.parse(readFileSync(file, 'utf8')) as Schema;
  if (part === 'document') return table(fieldsOf(document), document.required);
  const kinds = document.properties?.steps?.items?.anyOf ?? [];
  const countOf = (name: string): number => kinds.filter(({ properties = {} }) => name in properties).length;
  const shared = fieldsOf(kinds[0] ?? {}).filter(([name]) => countOf(name) > kinds.length / 2);
  const isShared = new Set(shared.map(([name]) => name));
  const isCommon = ([name]: readonly [string, Schema]): boolean => countOf(name) === kinds.length;
  if (part === 'common') return table(shared.filter(isCommon), ['id']);
  if (part === 'usual') return table(shared.filter((field) => !isCommon(field)));
  if (part === 'kinds')
    return kinds
      .map((kind) => {
        const own = fieldsOf(kind).filter(([name]) => !isShared.has(name));
        const { title = '' } = kind;
        return `### \`${own[0]?.[0]}\`: ${title.charAt(0).toLowerCase()}${title.slice(1)}\n\n${table(own, kind.required)}`;
      })
      .join('\n\n');
  const { additionalProperties: inner } = document.properties?.[part] ?? {};
  if (typeof inner !== 'object') {
    const named = Object.keys(document.properties ?? {}).join(', ');
    throw new Error(`${path} has no part "${part}": its parts are document, common, usual, kinds, ${named}.`);
  }
  return table(fieldsOf(inner), inner.required);
};
