import type { RouterErrorCode, RouterErrorFields } from '../errors.ts';

/** What an attempt failed with; every `RouterError` is one. */
export interface Failure {
  readonly code: RouterErrorCode;
  readonly status: number;
  readonly message?: string | undefined;
  /** The provider's own error type. */
  readonly type?: string | undefined;
  /** The provider's own error code, such as `context_length_exceeded`. */
  readonly reason?: string | undefined;
  readonly phase?: RouterErrorFields['phase'] | undefined;
  readonly retryAfterMs?: number | undefined;
  /** The provider's `x-should-retry`, where it sent one. */
  readonly shouldRetry?: boolean | undefined;
  readonly cause?: unknown;
}

export type FailureKind =
  /** A limit was met, and the provider said when it is over. */
  | 'rate-limited'
  /** A limit was met, and nobody knows for how long. */
  | 'rate-limited-untold'
  /** This one request is larger than the limit of a whole minute. */
  | 'over-limit'
  /** Money, credit or the quota of a day or month is used up. */
  | 'quota'
  | 'server-error'
  | 'overloaded'
  | 'unreachable'
  /** A name that does not resolve, a certificate that does not hold, an address of no use. */
  | 'misconfigured'
  | 'silent'
  | 'cut'
  | 'invalid-answer'
  | 'answer-too-large'
  /** A check of ours did not accept the answer. */
  | 'rejected'
  /** A limit of ours has no room. */
  | 'limited'
  | 'bad-key'
  | 'forbidden'
  | 'not-found'
  | 'context-too-long'
  /** The provider declines by policy. */
  | 'refused'
  /** The model takes no beginning of its own answer to go on from. */
  | 'prefill-rejected'
  /** The target lacks something that the request needs. */
  | 'unsupported'
  | 'bad-request'
  | 'aborted'
  /** Ours. */
  | 'internal';

/** Says what a failure is, from our code, the provider's code and type, its words where it has no code, and the status. */
export function failureKind(failure: Failure): FailureKind {
  switch (failure.code) {
    case 'ROUTER_ABORTED':
      return 'aborted';
    case 'ROUTER_REQUEST_INVALID':
    case 'ROUTER_MODEL_AMBIGUOUS':
      return 'bad-request';
    case 'ROUTER_FIELD_UNSUPPORTED':
    case 'ROUTER_OPERATION_UNSUPPORTED':
      return 'unsupported';
    case 'ROUTER_MODEL_UNKNOWN':
      return 'not-found';
    case 'ROUTER_UPSTREAM_UNREACHABLE':
      return neverWillConnect(failure.cause) ? 'misconfigured' : 'unreachable';
    case 'ROUTER_UPSTREAM_TIMEOUT':
      return 'silent';
    case 'ROUTER_UPSTREAM_CUT':
      return 'cut';
    case 'ROUTER_ANSWER_INVALID':
      return 'invalid-answer';
    case 'ROUTER_ANSWER_TOO_LARGE':
      return 'answer-too-large';
    case 'ROUTER_ANSWER_REJECTED':
      return 'rejected';
    case 'ROUTER_LIMITED':
      return 'limited';
    case 'ROUTER_UPSTREAM_STATUS':
      return byName(failure) ?? byWords(failure) ?? byStatus(failure);
    default:
      return 'internal';
  }
}

const permanent =
  /^(ENOTFOUND|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_|ERR_SSL_|ERR_INVALID_|UND_ERR_INVALID_)/;

function neverWillConnect(cause: unknown): boolean {
  const code = (cause as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' && permanent.test(code);
}

/**
 * Codes and types that mean the same under any status. OpenAI's billing codes: help.openai.com/en/articles/5955604;
 * Anthropic's: platform.claude.com/docs/en/api/errors; `exceed_context_size_error`: llama.cpp, and with it Ollama.
 */
const names: Readonly<Partial<Record<FailureKind, readonly string[]>>> = {
  refused: [
    'content_filter',
    'content_policy_violation',
    'responsibleaipolicyviolation',
    'invalid_prompt',
    'moderation_blocked',
    'data_inspection_failed',
  ],
  'context-too-long': [
    'context_length_exceeded',
    'context_window_exceeded',
    'exceed_context_size_error',
    'model_max_prompt_tokens_exceeded',
  ],
  quota: [
    'insufficient_quota',
    'insufficient_balance',
    'quota_exceeded',
    'payment_required',
    'billing_error',
    'billing_not_active',
    'billing_hard_limit_reached',
    'credit_balance_exhausted',
    'enforced_spend_limit_reached',
    'organization_usage_limit_exceeded',
    'organization_spend_limit_exceeded',
    'project_spend_limit_exceeded',
  ],
  'bad-key': ['authentication_error', 'invalid_api_key', 'api_key_invalid'],
  'not-found': ['model_not_found', 'model_decommissioned', 'invalid_model', 'deploymentnotfound'],
};

const kindByName: ReadonlyMap<string, FailureKind> = new Map(
  Object.entries(names).flatMap(([kind, list]) => list.map((name) => [name, kind as FailureKind] as const)),
);

const limitNames: ReadonlySet<string> = new Set(['rate_limit_exceeded', 'rate_limit_error', 'slow_down']);

function byName({ reason, type, status, retryAfterMs }: Failure): FailureKind | undefined {
  for (const name of [reason, type]) {
    const lower = name?.toLowerCase();
    if (lower === undefined) continue;
    const kind = kindByName.get(lower);
    if (kind) return kind;
    // Groq answers 413 to a request that no minute of this account is large enough for.
    if (limitNames.has(lower) && status < 500 && status !== 429) {
      return status === 413 ? 'over-limit' : limited(retryAfterMs);
    }
  }
  return undefined;
}

const limited = (retryAfterMs: number | undefined): FailureKind =>
  retryAfterMs === undefined ? 'rate-limited-untold' : 'rate-limited';

interface Wording {
  readonly kind: FailureKind;
  readonly statuses: readonly number[];
  readonly pattern: RegExp;
}

/**
 * Providers that put everything under one code (Anthropic's `invalid_request_error`, xAI's `Client specified an invalid
 * argument`, Gemini's `INVALID_ARGUMENT`, vLLM's `BadRequestError`) leave only their words. First match wins.
 */
const wordings: readonly Wording[] = [
  {
    kind: 'refused',
    // xAI refuses with 403, as if the key were at fault.
    statuses: [400, 403, 422, 451],
    pattern:
      /content (?:management|filter(?:ing)?|moderation) policy|violat\w+ (?:our |the )?(?:usage|content) (?:polic|guideline)|flagged (?:as|by)|requires moderation|content exists risk|prohibited.content/i,
  },
  {
    kind: 'context-too-long',
    statuses: [400, 413, 422, 500],
    pattern:
      /maximum (?:context|prompt) length|context[ _](?:length|window|size).{0,30}exceed|exceed(?:s|ed)? .{0,30}context[ _](?:length|window|size|limit)|exceed context limit|(?:prompt|input) is too long|input token count.{0,30}exceeds|longer than the maximum model length|greater than the context length|exceeded model token limit|reduce the length of the (?:messages|input|prompt)/i,
  },
  {
    kind: 'prefill-rejected',
    statuses: [400, 422],
    pattern:
      /prefill|\bend(?:s|ing)? with a user\b|\blast (?:message|role|turn)\b|final assistant content|continue_final_message/i,
  },
  {
    kind: 'quota',
    statuses: [400, 403, 429],
    pattern:
      /credit balance is too low|insufficient (?:balance|credit|fund)|all available credits|(?:n't|not) have any credits|monthly spending limit|specified (?:workspace )?api usage limits|credits are depleted/i,
  },
  // One request larger than the limit of a minute fits into no minute.
  { kind: 'over-limit', statuses: [413, 429], pattern: /\brequest too large for\b/i },
  {
    kind: 'bad-key',
    statuses: [400],
    pattern: /(?:incorrect|invalid) api key|api key (?:is )?(?:not valid|invalid|expired)/i,
  },
  {
    kind: 'not-found',
    statuses: [400],
    pattern: /\bmodel\b.{0,100}\b(?:does not exist|not found|decommissioned)|\b(?:invalid|unknown) model\b/i,
  },
  {
    kind: 'unsupported',
    statuses: [400, 422],
    pattern:
      /does(?: not|n't) support (?:tool|function|image|vision|file|pdf|document|json|structured|reasoning|thinking)|only supported by certain models/i,
  },
];

function byWords({ message, status }: Failure): FailureKind | undefined {
  if (message === undefined) return undefined;
  return wordings.find(({ statuses, pattern }) => statuses.includes(status) && pattern.test(message))?.kind;
}

const kindByStatus: Readonly<Record<number, FailureKind>> = {
  401: 'bad-key',
  402: 'quota',
  403: 'forbidden',
  404: 'not-found',
  405: 'not-found',
  407: 'misconfigured',
  408: 'overloaded',
  409: 'overloaded',
  410: 'not-found',
  424: 'overloaded',
  425: 'overloaded',
  451: 'forbidden',
  // Groq's "flex tier at capacity", and nginx's "client closed request" from behind a provider's own proxy.
  498: 'overloaded',
  499: 'overloaded',
  500: 'server-error',
  501: 'unsupported',
};

function byStatus({ status, retryAfterMs }: Failure): FailureKind {
  if (status === 429) return limited(retryAfterMs);
  return kindByStatus[status] ?? (status >= 400 && status < 500 ? 'bad-request' : 'overloaded');
}
