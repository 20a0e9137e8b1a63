import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ResponseHeaders, retryAfterInMessage, retryAfterMs } from '../../src/attempts/retry-after.ts';

const now = Date.parse('2026-11-06T08:49:00Z');
const wait = (headers: ResponseHeaders) => retryAfterMs(headers, now);

afterEach(() => vi.unstubAllEnvs());

describe('retry-after', () => {
  it.each<[string, number | undefined]>([
    ['120', 120_000],
    ['0', 0],
    ['0.25', 250],
    [' 7 ', 7000],
    ['-3', 0],
    ['Fri, 06 Nov 2026 08:49:37 GMT', 37_000],
    ['Friday, 06-Nov-26 08:49:37 GMT', 37_000],
    ['Fri Nov  6 08:49:37 2026', 37_000],
    ['Fri, 06 Nov 2026 08:48:00 GMT', 0],
    ['2026-11-06T08:49:02.5Z', 2500],
    ['20ms', 20],
    [String(now / 1000 + 5), 5000],
    ['', undefined],
    ['soon', undefined],
    ['May 5', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['Fri, nonsense', undefined],
    ['NaN', undefined],
  ])('%j', (value, expected) => {
    expect(wait({ 'retry-after': value })).toBe(expected);
  });

  it('without a zone is in GMT wherever we are', () => {
    vi.stubEnv('TZ', 'Pacific/Auckland');
    expect(new Date(now).getTimezoneOffset()).not.toBe(0);
    expect(wait({ 'retry-after': 'Fri Nov  6 08:49:37 2026' })).toBe(37_000);
    expect(wait({ 'retry-after': 'Fri, 06 Nov 2026 08:49:37 GMT' })).toBe(37_000);
  });

  it('gives way to the finer header, and steps in where that is of no use', () => {
    expect(wait({ 'retry-after-ms': '412.5', 'retry-after': '1' })).toBe(412.5);
    expect(wait({ 'x-ms-retry-after-ms': '300', 'retry-after': '1' })).toBe(300);
    expect(wait({ 'retry-after-ms': 'x', 'retry-after': '1' })).toBe(1000);
    expect(wait({ 'retry-after-ms': '-1' })).toBe(0);
  });

  it('is the first of several', () => {
    expect(wait({ 'retry-after': ['2', '9'] })).toBe(2000);
    expect(wait({ 'retry-after': [] })).toBeUndefined();
  });
});

describe('the reset of a limit that is used up', () => {
  it.each<[string, number]>([
    ['1s', 1000],
    ['6m0s', 360_000],
    ['20ms', 20],
    ['2m59.56s', 179_560],
    ['1h2m3s', 3_723_000],
    ['1d', 86_400_000],
    ['33011.382867', 33_011_382.867],
    ['10', 10_000],
  ])('in the notation of OpenAI, Groq, Cerebras and Azure: %s', (reset, expected) => {
    expect(wait({ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': reset })).toBeCloseTo(expected, 6);
  });

  it('counts only where nothing is left', () => {
    const requests = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1s' };
    const tokens = { 'x-ratelimit-remaining-tokens': '12', 'x-ratelimit-reset-tokens': '6m0s' };
    expect(wait({ ...requests, ...tokens })).toBe(1000);
    expect(wait(tokens)).toBeUndefined();
    expect(wait({ 'x-ratelimit-reset-tokens': '6m0s' })).toBeUndefined();
    // Azure's word for a limit that it does not know, and an empty one.
    expect(wait({ ...tokens, 'x-ratelimit-remaining-tokens': '-1' })).toBeUndefined();
    expect(wait({ ...tokens, 'x-ratelimit-remaining-tokens': '' })).toBeUndefined();
  });

  it('is the latest of several', () => {
    const headers = {
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '9s',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '3s',
      'x-ratelimit-remaining-tokens-day': '0',
      'x-ratelimit-reset-tokens-day': '11.5',
    };
    expect(wait(headers)).toBe(11_500);
    expect(wait({ ...headers, 'retry-after': '1' })).toBe(1000);
  });

  it('is a time of day with Anthropic', () => {
    const headers = {
      'anthropic-ratelimit-requests-remaining': '49',
      'anthropic-ratelimit-requests-reset': '2026-11-06T08:55:00Z',
      'anthropic-ratelimit-input-tokens-remaining': '0',
      'anthropic-ratelimit-input-tokens-reset': '2026-11-06T08:49:41Z',
    };
    expect(wait(headers)).toBe(41_000);
    const unified = {
      'anthropic-ratelimit-unified-status': 'rejected',
      'anthropic-ratelimit-unified-reset': String(now / 1000 + 90),
    };
    expect(wait(unified)).toBe(90_000);
    expect(wait({ ...unified, 'anthropic-ratelimit-unified-status': 'allowed' })).toBeUndefined();
  });

  it('may belong to a limit without a name, as OpenRouter and the IETF write it', () => {
    expect(wait({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now + 1500) })).toBe(1500);
    expect(wait({ 'ratelimit-remaining': '0', 'ratelimit-reset': '30' })).toBe(30_000);
    expect(wait({ 'ratelimit-remaining': '0', 'x-ratelimit-reset': '30' })).toBeUndefined();
  });
});

describe('the wait in a message', () => {
  it.each<[string, number | undefined]>([
    ['Rate limit reached. Please try again in 7.66s. Visit https://x', 7660],
    ['Please try again in 6ms.', 6],
    ['Please try again in 1m26.4s.', 86_400],
    ['Please retry in 34.5s.', 34_500],
    ['Please retry after 37 seconds.', 37_000],
    ['Please try again in 250 milliseconds.', 250],
    ['Please try again in 20.', 20_000],
    ['Please try again later.', undefined],
    ['Retry in a moment.', undefined],
  ])('%s', (message, expected) => {
    expect(retryAfterInMessage(message)).toBe(expected);
  });
});
