import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Failure, type FailureKind, failureKind } from '../../src/attempts/failure-kind.ts';
import {
  aborted,
  allFailed,
  answerInvalid,
  answerRejected,
  answerTooLarge,
  fieldUnsupported,
  internal,
  limited,
  modelUnknown,
  requestInvalid,
  routerClosed,
  upstreamClosed,
  upstreamTimeout,
  upstreamUnreachable,
} from '../../src/errors.ts';
import { readError } from '../../src/formats/error-body.ts';
import type { Json } from '../../src/wire-format.ts';

interface RecordedFailure {
  readonly name: string;
  readonly kind: FailureKind;
  readonly status: number;
  readonly body: Json;
}

const failures = JSON.parse(
  readFileSync(new URL('../__fixtures__/failures.json', import.meta.url), 'utf8'),
) as readonly RecordedFailure[];

/** The kind of a failure with this status and body, as it came from the provider. */
function kindOf(status: number, body: Json | undefined, retryAfterMs?: number): FailureKind {
  const { type, message, code } = readError(status, body);
  return failureKind({
    code: 'ROUTER_UPSTREAM_STATUS',
    status,
    type,
    reason: code,
    message: `p answered ${status}: ${message}`,
    retryAfterMs,
  });
}

const openai = (message: string, type: string, code: string | null = null): Json => ({
  error: { message, type, param: null, code },
});

describe('the kind of a failure, by what each provider says', () => {
  it.each(failures)('$name: $kind', ({ kind, status, body }) => {
    expect(kindOf(status, body)).toBe(kind);
  });

  it('is by status where the body says nothing', () => {
    const kinds = [
      400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 422, 425, 429, 451, 500, 501, 502, 503, 504, 520, 529,
    ];
    expect(Object.fromEntries(kinds.map((status) => [status, kindOf(status, undefined)]))).toEqual({
      400: 'bad-request',
      401: 'bad-key',
      402: 'quota',
      403: 'forbidden',
      404: 'not-found',
      405: 'not-found',
      408: 'overloaded',
      409: 'overloaded',
      410: 'not-found',
      413: 'bad-request',
      422: 'bad-request',
      425: 'overloaded',
      429: 'rate-limited-untold',
      451: 'forbidden',
      500: 'server-error',
      501: 'unsupported',
      502: 'overloaded',
      503: 'overloaded',
      504: 'overloaded',
      520: 'overloaded',
      529: 'overloaded',
    });
  });

  it('tells a limit that will be over from one of which nobody knows', () => {
    const body = openai('Rate limit reached.', 'requests', 'rate_limit_exceeded');
    expect(kindOf(429, body, 0)).toBe('rate-limited');
    expect(kindOf(429, body)).toBe('rate-limited-untold');
    // An error inside a stream carries no status of its own.
    expect(kindOf(400, openai('Slow down.', 'rate_limit_error'), 500)).toBe('rate-limited');
  });

  it('is a limit under 429, whatever it advises', () => {
    const message = 'Rate limit reached. Please reduce the length of the messages, or wait.';
    expect(kindOf(429, openai(message, 'tokens'))).toBe('rate-limited-untold');
    expect(kindOf(400, openai(message, 'tokens'))).toBe('context-too-long');
  });

  it('is no name that objects have from birth', () => {
    expect(kindOf(400, openai('No.', 'constructor', 'toString'))).toBe('bad-request');
  });
});

describe('the kind of a failure of ours, or of the network', () => {
  const network = (code: string) => Object.assign(new Error(code), { code });

  it.each<[FailureKind, Failure]>([
    ['unreachable', upstreamUnreachable('p', network('ECONNREFUSED'))],
    ['unreachable', upstreamUnreachable('p', network('ECONNRESET'))],
    ['unreachable', upstreamUnreachable('p', network('EAI_AGAIN'))],
    ['unreachable', upstreamUnreachable('p', undefined)],
    ['misconfigured', upstreamUnreachable('p', network('ENOTFOUND'))],
    ['misconfigured', upstreamUnreachable('p', network('CERT_HAS_EXPIRED'))],
    ['misconfigured', upstreamUnreachable('p', network('DEPTH_ZERO_SELF_SIGNED_CERT'))],
    ['silent', upstreamTimeout('p', 'connect', 1)],
    ['silent', upstreamTimeout('p', 'first-token', 1)],
    ['silent', upstreamTimeout('p', 'idle', 1)],
    ['silent', upstreamTimeout('p', 'total', 1)],
    ['cut', upstreamClosed('p')],
    ['invalid-answer', answerInvalid('?')],
    ['answer-too-large', answerTooLarge('p', 1)],
    ['rejected', answerRejected('too short')],
    ['limited', limited({ retryAfterMs: 1, reason: 'No room.' })],
    ['unsupported', fieldUnsupported('n', 'openai-chat')],
    ['not-found', modelUnknown('m', [])],
    ['bad-request', requestInvalid('?')],
    ['aborted', aborted()],
    ['internal', internal(new Error('?'))],
    ['internal', allFailed(['m'], [])],
    ['internal', routerClosed()],
  ])('%s', (kind, failure) => {
    expect(failureKind(failure)).toBe(kind);
  });
});
