import { describe, expect, it } from 'vitest';
import { classify, type Situation } from '../../src/attempts/classify.ts';
import type { Failure } from '../../src/attempts/failure-kind.ts';
import {
  aborted,
  answerInvalid,
  answerRejected,
  limited,
  upstreamClosed,
  upstreamTimeout,
  upstreamUnreachable,
} from '../../src/errors.ts';

const refused = (status: number, more: Partial<Failure> = {}): Failure => ({
  code: 'ROUTER_UPSTREAM_STATUS',
  status,
  ...more,
});

/** What happens as the same failure comes again and again on one target, until the request leaves it. */
function course(failure: Failure, situation: Partial<Situation> = {}): string {
  const actions: string[] = [];
  for (let retriesHere = 0; retriesHere < 10; retriesHere++) {
    const { action } = classify(failure, { retriesHere, ...situation });
    actions.push(action);
    if (action !== 'retry') break;
  }
  return actions.join(' ');
}

describe('a failure', () => {
  it.each<[string, Failure, string]>([
    ['429 with a short wait', refused(429, { retryAfterMs: 1000 }), 'retry retry elsewhere'],
    ['429 with a long wait', refused(429, { retryAfterMs: 60_000 }), 'elsewhere'],
    ['429 without a wait', refused(429), 'elsewhere'],
    ['429 without credit', refused(429, { reason: 'insufficient_quota', retryAfterMs: 10 }), 'elsewhere'],
    ['500', refused(500), 'retry elsewhere'],
    ['502', refused(502), 'retry elsewhere'],
    ['503', refused(503), 'retry elsewhere'],
    ['503 with a long wait', refused(503, { retryAfterMs: 60_000 }), 'elsewhere'],
    ['504', refused(504), 'retry elsewhere'],
    ['529', refused(529), 'retry elsewhere'],
    ['529 that is not to be retried', refused(529, { shouldRetry: false }), 'elsewhere'],
    ['a connection that is refused', upstreamUnreachable('p', { code: 'ECONNREFUSED' }), 'retry elsewhere'],
    ['a connection that is reset', upstreamUnreachable('p', { code: 'ECONNRESET' }), 'retry elsewhere'],
    ['an address that is nobody', upstreamUnreachable('p', { code: 'ENOTFOUND' }), 'elsewhere'],
    ['no first token', upstreamTimeout('p', 'first-token', 15_000), 'elsewhere'],
    ['silence', upstreamTimeout('p', 'idle', 30_000), 'elsewhere'],
    ['401', refused(401), 'elsewhere'],
    ['403', refused(403), 'elsewhere'],
    ['404', refused(404), 'elsewhere'],
    ['a refusal by policy', refused(400, { reason: 'content_filter' }), 'give-up'],
    ['400', refused(400), 'give-up'],
    ['413', refused(413), 'give-up'],
    ['422', refused(422), 'give-up'],
    ['400 for a prefill', refused(400, { message: 'no assistant message prefill' }), 'elsewhere'],
    ['a cut answer', upstreamClosed('p'), 'retry elsewhere'],
    ['an answer that is none', answerInvalid('?'), 'retry elsewhere'],
    ['an answer that a check rejects', answerRejected('too short'), 'elsewhere'],
    ['a limit of ours', limited({ retryAfterMs: 1, reason: 'No room.' }), 'elsewhere'],
    ['an abort', aborted(), 'give-up'],
  ])('%s', (_, failure, expected) => {
    expect(course(failure)).toBe(expected);
  });

  it('is not taken elsewhere where there is nothing else, but may be tried here more often', () => {
    const alone = { hasElsewhere: false };
    expect(course(refused(503), alone)).toBe('retry retry give-up');
    expect(course(refused(429), alone)).toBe('retry retry give-up');
    expect(course(refused(500), alone)).toBe('retry give-up');
    expect(course(upstreamTimeout('p', 'first-token', 1), alone)).toBe('give-up');
    expect(course(refused(401), alone)).toBe('give-up');
  });

  it('is waited for as long as the caller has patience', () => {
    const failure = refused(429, { retryAfterMs: 20_000 });
    expect(course(failure, { hasElsewhere: false })).toBe('give-up');
    expect(course(failure, { hasElsewhere: false, patienceMs: 20_000 })).toBe('retry retry give-up');
    expect(classify(failure, { retriesHere: 0 })).toMatchObject({ action: 'elsewhere', waitMs: 20_000 });
    expect(classify(refused(500), { retriesHere: 0 })).not.toHaveProperty('waitMs');
  });

  it('of a budget that allows no retry goes elsewhere at once', () => {
    expect(course(refused(503), { retriesHere: Number.POSITIVE_INFINITY })).toBe('elsewhere');
  });

  it('for a context too long goes only where the context is larger', () => {
    const failure = refused(400, { reason: 'context_length_exceeded' });
    expect(course(failure)).toBe('give-up');
    expect(course(failure, { hasLargerContext: true })).toBe('elsewhere');
    expect(course(failure, { hasLargerContext: true, hasElsewhere: false })).toBe('give-up');
  });
});

describe('the verdict', () => {
  const verdict = (failure: Failure) => classify(failure, { retriesHere: 0 });

  it('blames a target for its own faults, not for the request, the key or the caller', () => {
    const blamed = [refused(500), refused(503), refused(429), upstreamClosed('p'), upstreamTimeout('p', 'idle', 1)];
    const innocent = [
      refused(429, { retryAfterMs: 1 }),
      refused(400),
      refused(401),
      refused(403),
      refused(404),
      refused(400, { reason: 'content_filter' }),
      refused(400, { reason: 'context_length_exceeded' }),
      answerRejected('too short'),
      limited({ retryAfterMs: 1, reason: 'No room.' }),
      aborted(),
    ];
    expect(blamed.map((failure) => verdict(failure).blames)).toEqual(blamed.map(() => true));
    expect(innocent.map((failure) => verdict(failure).blames)).toEqual(innocent.map(() => false));
  });

  it('reports what stays until somebody acts', () => {
    const lasting = [
      refused(401),
      refused(403),
      refused(404),
      refused(402),
      upstreamUnreachable('p', { code: 'ENOTFOUND' }),
    ];
    expect(lasting.map((failure) => verdict(failure).reports)).toEqual(lasting.map(() => true));
    expect([refused(500), refused(429), refused(400)].map((failure) => verdict(failure).reports)).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('keeps a request from the whole provider that is silent or refuses its key', () => {
    expect(verdict(upstreamTimeout('p', 'first-token', 1)).avoid).toBe('provider');
    expect(verdict(refused(401)).avoid).toBe('provider');
    expect(verdict(refused(529)).avoid).toBe('target');
    expect(verdict(refused(404)).avoid).toBe('target');
  });
});
