import { type Failure, type FailureKind, failureKind } from './failure-kind.ts';

export interface Verdict {
  /** `retry`: the same target again. `elsewhere`: another one. `give-up`: the failure goes to the caller as it is. */
  readonly action: 'retry' | 'elsewhere' | 'give-up';
  /** Whether it counts against the target's breaker. */
  readonly blames: boolean;
  readonly kind: FailureKind;
  /** What not to ask again for this request, once it is to go elsewhere. */
  readonly avoid: 'target' | 'provider';
  /** Whether somebody must hear of it, since it stays until somebody acts: a key, credit, a model's name. */
  readonly reports: boolean;
  /** How long the provider asked to be left alone, milliseconds: the least wait before a retry, or a pause for all. */
  readonly waitMs?: number;
}

/** Where a request stands when one of its attempts fails. */
export interface Situation {
  /** How often this request has already been retried on this target. `Infinity` where the budget allows no retry. */
  readonly retriesHere: number;
  /** Whether another target is left. @default true */
  readonly hasElsewhere?: boolean;
  /** Whether one of those has a larger context. @default false */
  readonly hasLargerContext?: boolean;
  /** The longest wait before a retry that is worth taking, milliseconds; choose more where nothing else is left. @default 2000 */
  readonly patienceMs?: number;
}

interface Rule {
  /** Retries here while there is another target. @default 0 */
  readonly retries?: number;
  /** Retries here where there is none. @default `retries` */
  readonly alone?: number;
  readonly otherwise: 'elsewhere' | 'larger-context' | 'give-up';
  readonly blames: boolean;
  /** @default "target" */
  readonly avoid?: 'provider';
  readonly reports?: true;
}

/**
 * The one table of what to do about a failure.
 *
 * Overload and faults are tried once more here, since most pass in a moment, and then elsewhere. Silence is not: it has
 * cost its whole timeout once. What is wrong with the request is nobody's to route around, and a refusal by policy is
 * an answer. Limits and quota belong to a key: where clients bring their own, keep a target's health per key.
 */
const rules: Readonly<Record<FailureKind, Rule>> = {
  'rate-limited': { retries: 2, otherwise: 'elsewhere', blames: false },
  'rate-limited-untold': { alone: 2, otherwise: 'elsewhere', blames: true },
  'over-limit': { otherwise: 'elsewhere', blames: false },
  quota: { otherwise: 'elsewhere', blames: true, avoid: 'provider', reports: true },
  'server-error': { retries: 1, otherwise: 'elsewhere', blames: true },
  overloaded: { retries: 1, alone: 2, otherwise: 'elsewhere', blames: true },
  unreachable: { retries: 1, alone: 2, otherwise: 'elsewhere', blames: true, avoid: 'provider' },
  misconfigured: { otherwise: 'elsewhere', blames: true, avoid: 'provider', reports: true },
  silent: { otherwise: 'elsewhere', blames: true, avoid: 'provider' },
  cut: { retries: 1, alone: 2, otherwise: 'elsewhere', blames: true },
  'invalid-answer': { retries: 1, otherwise: 'elsewhere', blames: true },
  'answer-too-large': { otherwise: 'give-up', blames: false },
  rejected: { otherwise: 'elsewhere', blames: false },
  limited: { otherwise: 'elsewhere', blames: false },
  'bad-key': { otherwise: 'elsewhere', blames: false, avoid: 'provider', reports: true },
  forbidden: { otherwise: 'elsewhere', blames: false, reports: true },
  'not-found': { otherwise: 'elsewhere', blames: false, reports: true },
  'context-too-long': { otherwise: 'larger-context', blames: false },
  refused: { otherwise: 'give-up', blames: false },
  'prefill-rejected': { otherwise: 'elsewhere', blames: false },
  unsupported: { otherwise: 'elsewhere', blames: false },
  'bad-request': { otherwise: 'give-up', blames: false },
  aborted: { otherwise: 'give-up', blames: false },
  internal: { otherwise: 'give-up', blames: false },
};

/**
 * Decides what becomes of a request whose attempt failed. The action is one that the situation allows: `elsewhere` only
 * where there is one. Once a client has seen part of the answer, both `retry` and `elsewhere` mean to continue it.
 */
export function classify(failure: Failure, situation: Situation): Verdict {
  const { retriesHere, hasElsewhere = true, hasLargerContext = false, patienceMs = 2000 } = situation;
  const kind = failureKind(failure);
  const { retries = 0, alone = retries, otherwise, blames, avoid = 'target', reports = false } = rules[kind];
  const { retryAfterMs: waitMs } = failure;
  const mayRetry =
    retriesHere < (hasElsewhere ? retries : alone) && (waitMs ?? 0) <= patienceMs && failure.shouldRetry !== false;
  const mayLeave = hasElsewhere && (otherwise === 'elsewhere' || (otherwise === 'larger-context' && hasLargerContext));
  return {
    action: mayRetry ? 'retry' : mayLeave ? 'elsewhere' : 'give-up',
    blames,
    kind,
    avoid,
    reports,
    ...(waitMs !== undefined && { waitMs }),
  };
}

/** What says something of the account that a key belongs to. */
const accountKinds: ReadonlySet<FailureKind> = new Set(['quota', 'rate-limited-untold']);

/**
 * Whether a failure says that the provider is not well, to everybody: neither that the request was not, nor that the account of a
 * client's own key is empty or busy.
 */
export const blamesProvider = (failure: Failure, isOwnKey: boolean): boolean => {
  const kind = failureKind(failure);
  return rules[kind].blames && !(isOwnKey && accountKinds.has(kind));
};

/** Nobody else could do better, and none of the calls under way is worth waiting for. */
const finalKinds: ReadonlySet<FailureKind> = new Set([
  'refused',
  'bad-request',
  'context-too-long',
  'answer-too-large',
  'aborted',
  'internal',
]);
export const isFinal = ({ kind }: Verdict): boolean => finalKinds.has(kind);
