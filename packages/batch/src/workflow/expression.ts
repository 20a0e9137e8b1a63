import type { Expr } from '@actions/expressions';
import { expressionInvalid } from '../errors/definition.ts';
import { reasonOf } from '../errors.ts';

/** What an expression may name. */
export interface Scope {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Within a step that runs once for each item of a list. */
  readonly item?: unknown;
  readonly index?: number | undefined;
  /** What a step has come to; `undefined` where there is no such step. */
  step(id: string): { readonly output: unknown; readonly state: string } | undefined;
}

export interface Expression {
  readonly text: string;
  /** Steps that it names. */
  readonly steps: readonly string[];
  /** Inputs that it names. */
  readonly inputs: readonly string[];
  readonly usesItem: boolean;
  readonly usesEnv: boolean;
  /** Whether it is `raw(…)`: to be put into a command line as it is. */
  readonly isRaw: boolean;
  /** What it names, as `['steps', 'a', 'output', 'name']`, as far as that is written out. */
  readonly references: readonly (readonly string[])[];
  evaluate(scope: Scope): unknown;
}

type Library = typeof import('@actions/expressions');
type Visitor = Parameters<Expr['accept']>[0];
type Context = 'inputs' | 'env' | 'item' | 'index' | 'steps';

const contexts: readonly Context[] = ['inputs', 'env', 'item', 'index', 'steps'];

const textOf = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);
const lengthOf = (value: unknown): number => {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
};

/** The functions of GitHub Actions that make sense here, and four more: `length`, `lines`, `keys`, `raw`. */
const functions: Readonly<Record<string, { readonly most: number; readonly call: (...values: unknown[]) => unknown }>> =
  {
    contains: {
      most: 2,
      call: (where, what) => (Array.isArray(where) ? where.includes(what) : textOf(where).includes(textOf(what))),
    },
    startswith: { most: 2, call: (text, start) => textOf(text).startsWith(textOf(start)) },
    endswith: { most: 2, call: (text, end) => textOf(text).endsWith(textOf(end)) },
    format: {
      most: 255,
      call: (text, ...values) =>
        textOf(text).replaceAll(/\{\{|\}\}|\{(\d+)\}/g, (found, at?: string) =>
          at === undefined ? found.charAt(0) : textOf(values[Number(at)]),
        ),
    },
    join: { most: 2, call: (list, separator = ',') => listOf(list).map(textOf).join(textOf(separator)) },
    tojson: { most: 1, call: (value) => JSON.stringify(value ?? null, null, 2) },
    fromjson: { most: 1, call: (text) => JSON.parse(textOf(text)) },
    length: { most: 1, call: lengthOf },
    lines: {
      most: 1,
      call: (text) =>
        textOf(text)
          .split(/\r?\n/)
          .filter((line) => line !== ''),
    },
    raw: { most: 1, call: (value) => value },
    keys: { most: 1, call: (value) => (typeof value === 'object' && value !== null ? Object.keys(value) : []) },
  };
/** In lower case: calls may be written in any. */
export const functionNames: readonly string[] = Object.keys(functions);
const extensions = ['length', 'lines', 'keys', 'raw'].map((name) => ({ name, minArgs: 1, maxArgs: 1 }));

const isTrue = (value: unknown): boolean =>
  value !== false && value !== 0 && value !== '' && value !== null && value !== undefined && !Number.isNaN(value);

const numberOf = (value: unknown): number => {
  if (value === null || value === undefined) return 0;
  if (typeof value === 'string') return value.trim() === '' ? 0 : Number(value);
  return typeof value === 'object' ? Number.NaN : Number(value);
};

/** As in GitHub Actions (numbers where the types differ), except that texts are compared with their case. */
const isEqual = (left: unknown, right: unknown): boolean => {
  if (typeof left === typeof right || left === null || right === null) return (left ?? null) === (right ?? null);
  return numberOf(left) === numberOf(right);
};

const compare = (operator: string, left: unknown, right: unknown): boolean => {
  if (operator === '==') return isEqual(left, right);
  if (operator === '!=') return !isEqual(left, right);
  const [a, b] =
    typeof left === 'string' && typeof right === 'string' ? [left, right] : [numberOf(left), numberOf(right)];
  if (operator === '<') return a < b;
  if (operator === '<=') return a <= b;
  return operator === '>' ? a > b : a >= b;
};

/** `*` in `steps.a.output.*.name`: it has neither value nor fields. */
const isStar = (expression: Expr): boolean => Object.keys(expression).length === 0;

const memberOf = (value: unknown, key: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return null;
  return Object.hasOwn(value, key as PropertyKey) ? ((value as Record<string, unknown>)[key as string] ?? null) : null;
};

/** What `.*` gives: indexing it takes the member of each. */
class Each {
  readonly values: readonly unknown[];
  constructor(values: readonly unknown[]) {
    this.values = values;
  }
}
const plain = (value: unknown): unknown => (value instanceof Each ? value.values : value);

/** Goes over plain values as the language of GitHub Actions would: a member that is not there is null. */
const visitorOf = (scope: Scope): Visitor => {
  const visit = (expression: Expr): unknown => plain(expression.accept(visitor));
  const steps = Symbol('steps');
  const visitor: Visitor = {
    visitLiteral: ({ literal }) => {
      const { value } = literal as { readonly value?: unknown };
      return value ?? null;
    },
    visitGrouping: ({ group }) => visit(group),
    visitUnary: ({ expr }) => !isTrue(visit(expr)),
    visitBinary: ({ left, operator, right }) => compare(operator.lexeme, visit(left), visit(right)),
    visitLogical: ({ operator, args }) => {
      let value: unknown = null;
      for (const argument of args) {
        value = visit(argument);
        if (isTrue(value) === (operator.lexeme === '||')) return value;
      }
      return value;
    },
    visitContextAccess: ({ name }) => {
      const context = name.lexeme as Context;
      return context === 'steps' ? steps : ((scope as unknown as Record<string, unknown>)[context] ?? null);
    },
    visitIndexAccess: ({ expr, index }) => {
      const value = expr.accept(visitor);
      if (isStar(index)) {
        const all = plain(value);
        return new Each(typeof all === 'object' && all !== null ? Object.values(all) : []);
      }
      const key = visit(index);
      if (value === steps) return scope.step(String(key)) ?? null;
      if (value instanceof Each) return new Each(value.values.map((each) => memberOf(each, key)));
      return memberOf(value, key);
    },
    visitFunctionCall: ({ functionName, args }) => {
      const named = functions[functionName.lexeme.toLowerCase()];
      if (named === undefined) throw new Error(`there is no function ${functionName.lexeme}`);
      return named.call(...args.map(visit));
    },
  };
  return visitor;
};

interface Found {
  readonly steps: Set<string>;
  readonly inputs: Set<string>;
  readonly references: (readonly string[])[];
  usesItem: boolean;
}

/** Collects what is named without evaluating. */
const referencesIn = (root: Expr): Found => {
  const found: Found = { steps: new Set(), inputs: new Set(), references: [], usesItem: false };
  /** The innermost of what an index access is part of. */
  const inner = new Set<Expr>();
  const literalOf = (expression: Expr): string | undefined => {
    const { literal } = expression as { readonly literal?: { readonly value?: unknown } };
    return typeof literal?.value === 'string' ? literal.value : undefined;
  };
  const contextOf = (expression: Expr): string | undefined =>
    (expression as { readonly name?: { readonly lexeme: string } }).name?.lexeme;
  const chainOf = (expression: Expr): readonly string[] => {
    const context = contextOf(expression);
    if (context !== undefined) return [context];
    const { expr, index } = expression as { readonly expr?: Expr; readonly index?: Expr };
    if (expr === undefined || index === undefined) return [];
    const above = chainOf(expr);
    const name = isStar(index) ? '*' : literalOf(index);
    const isOpen = above.length === 0 || above.at(-1) === '';
    // What follows an index that is not written out is not known: an empty name ends the chain.
    return isOpen ? above : [...above, name ?? ''];
  };
  const visitor: Visitor = {
    visitLiteral: () => undefined,
    visitGrouping: ({ group }) => group.accept(visitor),
    visitUnary: ({ expr }) => expr.accept(visitor),
    visitBinary: ({ left, right }) => {
      left.accept(visitor);
      right.accept(visitor);
    },
    visitLogical: ({ args }) => {
      for (const argument of args) argument.accept(visitor);
    },
    visitContextAccess: ({ name }) => {
      if (name.lexeme === 'item' || name.lexeme === 'index') found.usesItem = true;
      found.references.push([name.lexeme]);
    },
    visitIndexAccess: (access) => {
      const { expr, index } = access;
      if (!inner.has(access)) {
        const chain = chainOf(access);
        if (chain.length > 0) found.references.push(chain.at(-1) === '' ? chain.slice(0, -1) : chain);
      }
      inner.add(expr);
      const context = contextOf(expr);
      const name = isStar(index) ? undefined : literalOf(index);
      if (name !== undefined && context === 'steps') found.steps.add(name);
      if (name !== undefined && context === 'inputs') found.inputs.add(name);
      expr.accept(visitor);
      if (!isStar(index)) index.accept(visitor);
    },
    visitFunctionCall: ({ args }) => {
      for (const argument of args) argument.accept(visitor);
    },
  };
  root.accept(visitor);
  return found;
};

/**
 * Parses expressions in the language of GitHub Actions (https://docs.github.com/actions/learn-github-actions/expressions), over
 * `inputs`, `steps`, `env`, `item` and `index`. Throws `BATCH_EXPRESSION_INVALID`.
 */
export const expressionParser = ({ Lexer, Parser }: Library): ((text: string) => Expression) => {
  const known = new Map<string, Expression>();
  return (text) => {
    const parsed = known.get(text);
    if (parsed !== undefined) return parsed;
    let root: Expr;
    try {
      root = new Parser(new Lexer(text).lex().tokens, [...contexts], extensions).parse();
    } catch (error) {
      throw expressionInvalid(text, reasonOf(error));
    }
    const { steps, inputs, usesItem, references } = referencesIn(root);
    const expression: Expression = {
      text,
      steps: [...steps],
      inputs: [...inputs],
      usesItem,
      usesEnv: references.some(([context]) => context === 'env'),
      references,
      isRaw: /^raw\s*\(/i.test(text),
      evaluate: (scope) => {
        try {
          return plain(root.accept(visitorOf(scope)));
        } catch (error) {
          throw expressionInvalid(text, reasonOf(error));
        }
      },
    };
    known.set(text, expression);
    return expression;
  };
};
