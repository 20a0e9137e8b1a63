import type { ErrorInfo } from '@hotpath/runtime';
import type { SpendingRefusal } from './spending.ts';
import type { VirtualKey } from './virtual-key.ts';

/** Why a request is not answered, for `sendError`. */
export interface KeyRefusal {
  readonly error: ErrorInfo;
  readonly headers: Readonly<Record<string, string>>;
}

/** RFC 9110 wants a 401 to say how to authenticate; clients read it, browsers would ask. */
const challenge = { 'www-authenticate': 'Bearer' };

const unauthorized = (code: string, message: string): KeyRefusal => ({
  error: { status: 401, type: 'authentication_error', code, message },
  headers: challenge,
});

export const keyMissing: KeyRefusal = unauthorized(
  'SERVER_KEY_MISSING',
  'This server wants a key. Send it as "authorization: Bearer hp-…" or "x-api-key: hp-…"; SDKs call it their API key.',
);

export const keyUnknown: KeyRefusal = unauthorized(
  'SERVER_KEY_UNKNOWN',
  'This key is not known here: it is mistyped, was deleted, or belongs elsewhere. Ask whoever runs this server for one.',
);

export const keyDisabled: KeyRefusal = unauthorized(
  'SERVER_KEY_DISABLED',
  'This key is disabled. Ask whoever runs this server to enable it, or for another one.',
);

const iso = (time: number): string => new Date(time).toISOString();

export const keyExpired = (at: number): KeyRefusal =>
  unauthorized('SERVER_KEY_EXPIRED', `This key expired at ${iso(at)}. Ask whoever runs this server for another one.`);

export const secretReplaced = (at: number): KeyRefusal =>
  unauthorized('SERVER_KEY_EXPIRED', `This key got a new secret, and this one ended at ${iso(at)}. Use the new one.`);

/** No key exists at all, and strangers can reach this server. */
export const noKeysYet: KeyRefusal = unauthorized(
  'SERVER_KEY_MISSING',
  'This server has no keys yet, and answers nobody without one. Make one on its machine: hotpath keys create <name>.',
);

export const modelNotAllowed = ({ name }: VirtualKey, model: string | undefined): KeyRefusal => ({
  error: {
    status: 403,
    type: 'permission_error',
    code: 'SERVER_MODEL_NOT_ALLOWED',
    param: 'model',
    message: `The key "${name}" ${model === undefined ? 'must name a model, as it may not use all' : `may not use the model "${model.slice(0, 200)}"`}. GET /v1/models lists those it may use.`,
  },
  headers: {},
});

/** The key file cannot be read: nobody is let in on the strength of not knowing. */
export const keysUnavailable: KeyRefusal = {
  error: {
    status: 503,
    type: 'overloaded_error',
    code: 'SERVER_KEYS_UNAVAILABLE',
    message: 'Keys cannot be checked at the moment. Try again; whoever runs this server finds the reason in its log.',
  },
  headers: { 'retry-after': '1' },
};

const perPeriod = { hour: 'an hour', day: 'a day', week: 'a week', month: 'a month', total: 'in total' };

/** Enough digits for the amount to be told from nothing. */
const dollars = (usd: number): string => `$${usd >= 0.01 || usd === 0 ? usd.toFixed(2) : usd.toPrecision(2)}`;

/**
 * A budget has no room: 429 in both protocols, with the type and code `insufficient_quota` for OpenAI's, `rate_limit_error` for
 * Anthropic's. That is what OpenAI itself answers when credit is used up, both SDKs have a class of its own for it, and clients
 * that go elsewhere on a limit do so. 402 says more to a person and less to a program: OpenAI never sends it, its SDK
 * knows no error for it, and RFC 9110 leaves its meaning open.
 *
 * Both SDKs repeat a 429 after `retry-after`, and newer ones wait as long as it says: a call would hang until midnight. So a
 * used-up budget also says `x-should-retry: false`, which both obey: the error arrives at once, with the time in it. What calls
 * under way only hold is the opposite: worth another try in a second.
 */
export const budgetExhausted = (
  key: VirtualKey,
  usd: number | undefined,
  lack: SpendingRefusal,
  now: number,
): KeyRefusal => {
  const { budget, leftUsd, isHeld, resetsAt } = lack;
  const what = `The key "${key.name}" has ${dollars(leftUsd)} left of its budget of ${dollars(budget.usd)} ${perPeriod[budget.per]}`;
  const cost = usd === undefined ? '' : `, and this request may cost ${dollars(usd)}`;
  if (isHeld) {
    return {
      error: {
        status: 429,
        type: 'rate_limit_error',
        code: 'SERVER_BUDGET_HELD',
        message: `${what} while other requests hold some of it${cost}. Try again in a moment, or ask for fewer output tokens.`,
      },
      headers: { 'retry-after': '1' },
    };
  }
  // Where even a fresh budget is too small, waiting does not help.
  const isTooDear = usd !== undefined && usd > budget.usd;
  const advice = isTooDear
    ? 'Ask for fewer output tokens, shorten the prompt, or have the budget raised.'
    : resetsAt === null
      ? 'Have the budget raised.'
      : `It begins anew at ${iso(resetsAt)}. Wait until then, ask for fewer output tokens, or have the budget raised.`;
  return {
    error: {
      status: 429,
      type: 'insufficient_quota',
      code: 'insufficient_quota',
      message: `${what}${cost}. ${advice}`,
    },
    headers: {
      'x-should-retry': 'false',
      ...(resetsAt !== null &&
        !isTooDear && { 'retry-after': String(Math.max(1, Math.ceil((resetsAt - now) / 1000))) }),
    },
  };
};
