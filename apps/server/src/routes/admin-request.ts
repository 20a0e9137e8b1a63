import { type BudgetPeriod, budgetPeriods } from '../keys/virtual-key.ts';
import { AdminFault, bodyInvalid, queryInvalid } from './admin-error.ts';

type Query = Readonly<Record<string, unknown>>;

const dayMs = 86_400_000;

const queryOf = (query: unknown, known: readonly string[]): Query => {
  const given = (query ?? {}) as Query;
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new AdminFault(queryInvalid(unknown.slice(0, 40), `is no parameter here. There are: ${known.join(', ')}.`));
  }
  const twice = Object.keys(given).find((name) => typeof given[name] !== 'string');
  if (twice !== undefined) throw new AdminFault(queryInvalid(twice, 'is given more than once.'));
  return given;
};

const readLimit = ({ limit }: Query, usual: number, most: number): number => {
  const read = limit === undefined ? usual : Number(limit);
  if (Number.isInteger(read) && read >= 1 && read <= most) return read;
  throw new AdminFault(queryInvalid('limit', `must be a whole number from 1 to ${most}.`));
};

export interface ListQuery {
  readonly after: string | undefined;
  readonly limit: number;
}

/** `after`: the name after which the page begins. */
export const readListQuery = (query: unknown): ListQuery => {
  const given = queryOf(query, ['after', 'limit']);
  return { after: given.after as string | undefined, limit: readLimit(given, 100, 1000) };
};

const runStates = ['running', 'interrupted', 'paused', 'undoing', 'committed', 'kept', 'undone', 'failed'] as const;

export interface RunsQuery {
  readonly limit: number;
  readonly states: readonly Exclude<(typeof runStates)[number], 'interrupted'>[] | undefined;
  /** Whether those that nobody runs any more are wanted, or those that somebody does. @default both */
  readonly isInterrupted: boolean | undefined;
  readonly root: string | undefined;
  readonly name: string | undefined;
}

export const readRunsQuery = (query: unknown): RunsQuery => {
  const given = queryOf(query, ['state', 'limit', 'root', 'name']);
  const state = runStates.find((each) => each === given.state);
  if (given.state !== undefined && state === undefined)
    throw new AdminFault(queryInvalid('state', `must be one of: ${runStates.join(', ')}.`));
  return {
    limit: readLimit(given, 100, 1000),
    states: state === undefined ? undefined : state === 'interrupted' ? ['running', 'undoing'] : [state],
    isInterrupted: state === 'interrupted' || (state === 'running' || state === 'undoing' ? false : undefined),
    root: given.root as string | undefined,
    name: given.name as string | undefined,
  };
};

export interface SpendingQueryView {
  readonly period: BudgetPeriod;
  readonly since: number;
  readonly key: string | undefined;
  readonly limit: number;
}

/** Without `since`, the last 30 days. */
export const readSpendingQuery = (query: unknown, now: number): SpendingQueryView => {
  const given = queryOf(query, ['period', 'since', 'key', 'limit']);
  const period = given.period === undefined ? 'day' : budgetPeriods.find((each) => each === given.period);
  if (period === undefined) {
    throw new AdminFault(queryInvalid('period', `must be one of: ${budgetPeriods.join(', ')}.`));
  }
  const since = given.since === undefined ? now - 30 * dayMs : Date.parse(String(given.since));
  if (Number.isNaN(since)) {
    throw new AdminFault(queryInvalid('since', 'must be a time such as "2027-01-31" or "2027-01-31T12:00:00Z".'));
  }
  return {
    period,
    // The one and only period of that kind began before everything.
    since: period === 'total' ? 0 : since,
    key: given.key as string | undefined,
    limit: readLimit(given, 1000, 10_000),
  };
};

/** The object in a body, or an empty one where there is no body and `isOptional`. */
export const readObject = (body: unknown, isOptional = false): Readonly<Record<string, unknown>> => {
  const bytes = body as Buffer | undefined;
  if (bytes === undefined || bytes === null || bytes.byteLength === 0) {
    if (isOptional) return {};
    throw new AdminFault(bodyInvalid('it is empty. Send a JSON object.'));
  }
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch {
    // What the parser says may quote the body.
    throw new AdminFault(bodyInvalid('it is not JSON. Check its quotes and commas.'));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new AdminFault(bodyInvalid('it is not an object.'));
  }
  return value as Readonly<Record<string, unknown>>;
};

const mostSteps = 1_000;

/** `{"steps": ["sure"]}`. */
export const readApproval = (body: unknown): readonly string[] => {
  const { steps, ...others } = readObject(body);
  const isList = Array.isArray(steps) && steps.length > 0 && steps.length <= mostSteps;
  if (!isList || !steps.every((step) => typeof step === 'string') || Object.keys(others).length > 0)
    throw new AdminFault(bodyInvalid('it takes "steps" alone, the names of those that have a yes.'));
  return steps;
};

/** For what takes no body, or an empty object. */
export const readNothing = (body: unknown): void => {
  if (Object.keys(readObject(body, true)).length > 0) throw new AdminFault(bodyInvalid('this takes nothing.'));
};

export const readRotation = (body: unknown): { readonly graceMs?: number } => {
  const { graceMs, ...others } = readObject(body, true);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new AdminFault(bodyInvalid('a rotation takes "graceMs" alone.'));
  if (graceMs === undefined) return {};
  if (typeof graceMs !== 'number') throw new AdminFault(bodyInvalid('"graceMs" must be a number of milliseconds.'));
  return { graceMs };
};
