import { templateUnclosed } from '../errors/definition.ts';
import type { Expression, Scope } from './expression.ts';

/** A value of a step, at any depth of which texts may hold `${{ expressions }}`. */
export interface Template {
  readonly expressions: readonly Expression[];
  /** A text that is one expression becomes its value; within a text, values are written out, objects as JSON. */
  fill(scope: Scope): unknown;
}

const start = '${{';
const end = '}}';

/** Where an expression ends: a `}}` within quotes is none. */
const findEnd = (text: string, from: number): number => {
  let isQuoted = false;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === "'") isQuoted = !isQuoted;
    else if (!isQuoted && text.startsWith(end, at)) return at;
  }
  throw templateUnclosed(text);
};

export const written = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

/** The texts and expressions of a text in their order; `undefined` where there is no expression. */
export const splitTemplate = (
  text: string,
  parse: (text: string) => Expression,
): readonly (string | Expression)[] | undefined => {
  const parts: (string | Expression)[] = [];
  let at = 0;
  for (let from = text.indexOf(start); from >= 0; from = text.indexOf(start, at)) {
    const to = findEnd(text, from + start.length);
    if (from > at) parts.push(text.slice(at, from));
    parts.push(parse(text.slice(from + start.length, to).trim()));
    at = to + end.length;
  }
  if (parts.length === 0) return undefined;
  if (at < text.length) parts.push(text.slice(at));
  return parts;
};

const parseText = (text: string, parse: (text: string) => Expression): Template | undefined => {
  const parts = splitTemplate(text, parse);
  if (parts === undefined) return undefined;
  const [first] = parts;
  const expressions = parts.filter((part) => typeof part !== 'string');
  if (parts.length === 1 && first !== undefined && typeof first !== 'string')
    return { expressions, fill: (scope) => first.evaluate(scope) };
  return {
    expressions,
    fill: (scope) => parts.map((part) => (typeof part === 'string' ? part : written(part.evaluate(scope)))).join(''),
  };
};

/** Reads one member of a value. */
export type ParseMember = (key: string, member: unknown) => Template | undefined;

/** Reads the templates in a value; `undefined` where there are none. `parseMember` says how each of its members is read. */
export const parseTemplate = (
  value: unknown,
  parse: (text: string) => Expression,
  parseMember: ParseMember = (_, member) => parseTemplate(member, parse),
): Template | undefined => {
  if (typeof value === 'string') return parseText(value, parse);
  if (typeof value !== 'object' || value === null) return undefined;
  const members = Object.entries(value).map(([key, member]) => [key, member, parseMember(key, member)] as const);
  if (members.every(([, , template]) => template === undefined)) return undefined;
  const isList = Array.isArray(value);
  return {
    expressions: members.flatMap(([, , template]) => template?.expressions ?? []),
    fill: (scope) => {
      const filled = members.map(([key, member, template]) => [
        key,
        template === undefined ? member : template.fill(scope),
      ]);
      return isList ? filled.map(([, member]) => member) : Object.fromEntries(filled);
    },
  };
};

/** The expression of `when` and `map`, with or without `${{ }}` around it. */
export const bareExpression = (text: string): string => {
  const trimmed = text.trim();
  return trimmed.startsWith(start) && trimmed.endsWith(end) && trimmed.indexOf(start, 1) < 0
    ? trimmed.slice(start.length, -end.length).trim()
    : trimmed;
};
