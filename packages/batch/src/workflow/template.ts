import { expressionInvalid, keyDuplicate, placeUnknown, templateUnclosed } from '../errors/definition.ts';
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

/** Reads one text; `write` says what becomes of a value within it. */
const parseText = (
  text: string,
  parse: (text: string) => Expression,
  write: (value: unknown, expression: Expression) => string = written,
): Template | undefined => {
  const parts = splitTemplate(text, parse);
  if (parts === undefined) return undefined;
  const [first] = parts;
  const expressions = parts.filter((part) => typeof part !== 'string');
  if (parts.length === 1 && first !== undefined && typeof first !== 'string')
    return { expressions, fill: (scope) => first.evaluate(scope) };
  return {
    expressions,
    fill: (scope) =>
      parts.map((part) => (typeof part === 'string' ? part : write(part.evaluate(scope), part))).join(''),
  };
};

/**
 * Reads a JSON Pointer: a value within it is one segment, escaped, unless it says `raw(...)`; a pointer that is one expression is
 * taken as it is. Filling it throws `BATCH_EXPRESSION_INVALID` for a value that is nothing: it would lead to another place.
 */
export const parsePointerTemplate = (text: string, parse: (text: string) => Expression): Template | undefined => {
  const known = (value: unknown, expression: Expression): string => {
    if (value === null || value === undefined) throw placeUnknown(text, expression.text);
    return written(value);
  };
  const template = parseText(text, parse, (value, expression) => {
    const segment = known(value, expression);
    return expression.isRaw ? segment : segment.replaceAll('~', '~0').replaceAll('/', '~1');
  });
  if (template === undefined) return undefined;
  const [first] = template.expressions;
  return { ...template, fill: (scope) => known(template.fill(scope), first as Expression) };
};

/** How the parts of a value are read. */
export interface ReadParts {
  /** One member. @default as any value */
  readonly member?: (key: string, member: unknown) => Template | undefined;
  /** The name of one member, of what is no list. @default as a text */
  readonly key?: (key: string) => Template | undefined;
}

/** Reads the templates in a value, and in the names of its members; `undefined` where there are none. */
export const parseTemplate = (
  value: unknown,
  parse: (text: string) => Expression,
  {
    member: parseMember = (_, member) => parseTemplate(member, parse),
    key: parseKey = (key) => parseText(key, parse),
  }: ReadParts = {},
): Template | undefined => {
  if (typeof value === 'string') return parseText(value, parse);
  if (typeof value !== 'object' || value === null) return undefined;
  const isList = Array.isArray(value);
  const members = Object.entries(value).map(([key, member]) => ({
    key,
    member,
    ofKey: isList ? undefined : parseKey(key),
    ofMember: parseMember(key, member),
  }));
  if (members.every(({ ofKey, ofMember }) => ofKey === undefined && ofMember === undefined)) return undefined;
  return {
    expressions: members.flatMap(({ ofKey, ofMember }) => [
      ...(ofKey?.expressions ?? []),
      ...(ofMember?.expressions ?? []),
    ]),
    fill: (scope) => {
      const filled = members.map(({ key, member, ofKey, ofMember }) => ({
        key: ofKey === undefined ? key : written(ofKey.fill(scope)),
        member: ofMember === undefined ? member : ofMember.fill(scope),
      }));
      if (isList) return filled.map(({ member }) => member);
      const keys = new Set<string>();
      for (const { key } of filled) {
        if (keys.has(key)) throw keyDuplicate(key);
        keys.add(key);
      }
      return Object.fromEntries(filled.map(({ key, member }) => [key, member]));
    },
  };
};

/**
 * The expression of `when` and `map`, with or without `${{ }}` around it. Throws `BATCH_EXPRESSION_INVALID` where several stand side
 * by side.
 */
export const bareExpression = (text: string): string => {
  const trimmed = text.trim();
  if (!trimmed.includes(start)) return trimmed;
  if (!trimmed.startsWith(start) || findEnd(trimmed, start.length) !== trimmed.length - end.length)
    throw expressionInvalid(text, 'it must be one expression. Put one ${{ }} around all of it, or none');
  return trimmed.slice(start.length, -end.length).trim();
};
