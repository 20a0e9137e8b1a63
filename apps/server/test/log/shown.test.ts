import { describe, expect, it } from 'vitest';
import { shown } from '../../src/log/shown.ts';

describe('a text in a log', () => {
  it.each([
    'gpt-4.1-mini',
    'openai/gpt-4o-2024-08-06',
    'meta-llama/Llama-3.1-405B-Instruct-Turbo',
    'sk',
    'grok-4-fast-reasoning',
    'claude-sonnet-4-5-20250929',
    'rate_limit_exceeded',
  ])('stays as it is: %s', (text) => {
    expect(shown(text)).toBe(text);
  });

  it.each([
    ['sk-proj-Ab12Cd34Ef56', '***'],
    ['openai/sk-ant-api03-abcdef_012', 'openai/***'],
    ['hp-admin-AbCdEf012345', '***'],
    ['my key is xai-0123456789abcdef, keep it', 'my key is ***, keep it'],
    ['Bearer abcdef', '***'],
    ['AIzaSyA0123456789abcdefg', '***'],
    ['AKIAIOSFODNN7EXAMPLE', '***'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', '***'],
    ['ghp_0123456789abcdef', '***'],
  ])('has no key in it: %s', (text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  it('is not longer than a line', () => {
    expect(shown('x'.repeat(1_000_000))).toBe(`${'x'.repeat(200)}…`);
    // Nor does the cut leave half a key.
    expect(shown(`${'x '.repeat(98)}sk-secretsecretsecret`)).not.toContain('secret');
  });
});
