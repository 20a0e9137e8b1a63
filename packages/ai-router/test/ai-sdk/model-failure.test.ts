import { APICallError, InvalidPromptError, NoSuchModelError, UnsupportedFunctionalityError } from '@ai-sdk/provider';
import { describe, expect, it } from 'vitest';
import { failureOf, streamErrorOf } from '../../src/ai-sdk/model-failure.ts';
import { limited, upstreamTimeout } from '../../src/errors.ts';

const refused = (more: object) =>
  new APICallError({ message: 'It failed', url: 'https://host', requestBodyValues: {}, ...more });

describe('a failed call', () => {
  it('is told under the provider’s own status, in its own words and with its headers', () => {
    const error = refused({
      statusCode: 429,
      responseHeaders: { 'Retry-After': '7', 'content-length': '3' },
      responseBody: '{"error":{"type":"rate_limit_error","message":"Slow down","code":"too_fast"}}',
    });
    expect(failureOf(error, 'p')).toEqual({
      kind: 'refused',
      error: { status: 429, type: 'rate_limit_error', message: 'Slow down', code: 'too_fast' },
      headers: { 'retry-after': '7' },
    });
  });

  it.each([
    ['no body', {}, 'It failed'],
    ['an empty body', { responseBody: ' ' }, 'It failed'],
    ['its data alone', { data: { error: { message: 'Of data' } } }, 'Of data'],
    ['a text', { responseBody: 'Bad gateway' }, 'Bad gateway'],
  ])('is told with %s', (_name, more, message) => {
    expect(failureOf(refused({ statusCode: 503, ...more }), 'p')).toMatchObject({
      error: { status: 503, type: 'overloaded_error', message },
    });
  });

  it('is told of copies of the AI SDK that we do not know', () => {
    const foreign = { name: 'GatewayError', statusCode: 402, message: 'No credit' };
    expect(failureOf(foreign, 'p')).toMatchObject({ kind: 'refused', error: { status: 402, message: 'No credit' } });
  });

  it.each([
    [new UnsupportedFunctionalityError({ functionality: 'audio' }), 400],
    [new InvalidPromptError({ prompt: {}, message: 'no' }), 400],
    [new NoSuchModelError({ modelId: 'm', modelType: 'languageModel' }), 404],
  ])('that never reached the provider has the status that it stands for (%s)', (error, status) => {
    expect(failureOf(error, 'p')).toMatchObject({ kind: 'refused', error: { status, message: error.message } });
  });

  it('without an answer is one that was not reached, or was of no use', () => {
    const network = refused({
      message: 'Cannot connect',
      cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
    });
    expect(failureOf(network, 'p')).toMatchObject({
      kind: 'broken',
      error: { code: 'ROUTER_UPSTREAM_UNREACHABLE', message: expect.stringContaining('ECONNREFUSED') },
    });
    const unreadable = refused({ statusCode: 200, message: 'Invalid JSON response' });
    for (const error of [unreadable, new TypeError('bug'), 'a text', undefined]) {
      expect(failureOf(error, 'p')).toMatchObject({ kind: 'broken', error: { code: 'ROUTER_ANSWER_INVALID' } });
    }
  });

  it('of a router behind the model is told as that router tells it', () => {
    const busy = limited({ retryAfterMs: 1500, reason: 'Full' });
    expect(failureOf(busy, 'p')).toMatchObject({
      error: { status: 429, code: 'ROUTER_LIMITED', message: 'Full' },
      headers: { 'retry-after': '2' },
    });
    const late = upstreamTimeout('q', 'idle', 5);
    expect(failureOf(late, 'p')).toEqual({ kind: 'broken', error: late });
  });
});

describe('an error within a stream', () => {
  it.each([
    [
      { type: 'overloaded_error', message: 'Busy' },
      { status: 529, message: 'Busy' },
    ],
    [{ error: { message: 'Inner' } }, { status: 502, message: 'Inner' }],
    [refused({ statusCode: 500, responseBody: '{"error":{"message":"Inside"}}' }), { status: 500, message: 'Inside' }],
    [new Error('plain'), { status: 502, message: expect.stringContaining('plain') }],
    ['words', { status: 502, message: expect.stringContaining('words') }],
  ])('is read whatever it is (%o)', (error, told) => {
    expect(streamErrorOf(error, 'p')).toMatchObject(told);
  });
});
