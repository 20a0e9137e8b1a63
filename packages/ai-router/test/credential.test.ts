import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { credentialOf, withoutKey } from '../src/credential.ts';
import { keys, own } from './support/own-keys.ts';

const bearer = (key: string) => credentialOf({ authorization: `Bearer ${key}` });

describe("a client's own key", () => {
  it.each([
    [keys.anthropic, 'anthropic', true],
    [keys.anthropicToken, 'anthropic', true],
    ['sk-ant-short', 'anthropic', true],
    [keys.openai, 'openai', true],
    ['sk-svcacct-abcdefgh', 'openai', true],
    [keys.olderOpenai, 'openai', true],
    [keys.bare, 'openai', false],
    ['sk-or-v1-0123456789abcdef', 'openrouter', true],
    [keys.xai, 'xai', true],
    ['gsk_0123456789abcdef', 'groq', true],
    ['AIzaSyA0123456789', 'google', true],
    [keys.opaque, undefined, false],
    ['eyJhbGciOiJIUzI1NiJ9.e30.abc', undefined, false],
  ])('%s is known by its looks to be of %s', (key, owner, isSure) => {
    for (const credential of [bearer(key), credentialOf({ 'x-api-key': key })]) {
      expect(credential).toMatchObject({ owner, isSure });
      expect(credential?.reveal()).toBe(key);
    }
  });

  it.each([
    'unused',
    'hotpath',
    'x',
    'dummy',
    'EMPTY',
    'no-key',
    'not-needed',
    'sk-',
    'sk-1234',
    'sk-hotpath-placeholder',
    'sk-no-key-required',
    'sk-ant-dummy',
    'sk-ant-your-key-here',
    'sk-xxxxxxxxxxxxxxxxxxxxxxxx',
    'sk-proj-...',
    'hp-0123456789abcdef0123456789',
    `hp-${'0123456789'.repeat(8)}`,
  ])('is not %s, which stands for none', (key) => {
    expect(bearer(key)).toBeUndefined();
    expect(credentialOf({ 'x-api-key': key })).toBeUndefined();
  });

  it.each([
    ['none at all', {}],
    ['an empty one', { authorization: 'Bearer ', 'x-api-key': '' }],
    ['another scheme', { authorization: `Basic ${keys.openai}` }],
    ['no scheme', { authorization: keys.openai }],
    ['two in one header', { authorization: `Bearer ${keys.openai} ${keys.anthropic}` }],
    ['two headers made one', { 'x-api-key': `${keys.anthropic}, ${keys.anthropic}` }],
    ['a list', { 'x-api-key': [keys.anthropic] }],
    ['a line break', { 'x-api-key': `${keys.anthropic}\r\nx-evil: 1` }],
    ['a control character', { 'x-api-key': `${keys.anthropic}\u0001` }],
    ['what is not ASCII', { 'x-api-key': `${keys.anthropic}é` }],
    ['more than a header should hold', { 'x-api-key': `sk-ant-${'a'.repeat(9000)}` }],
  ])('is not found in %s', (_, headers) => {
    expect(credentialOf(headers)).toBeUndefined();
  });

  it('is the one whose owner is known where two are sent, and the real one beside a placeholder', () => {
    const both = (apiKey: string, token: string) =>
      credentialOf({ 'x-api-key': apiKey, authorization: `Bearer ${token}` })?.reveal();
    expect(both(keys.opaque, keys.anthropicToken)).toBe(keys.anthropicToken);
    expect(both(keys.anthropic, keys.opaque)).toBe(keys.anthropic);
    expect(both('unused', keys.opaque)).toBe(keys.opaque);
    expect(both(keys.anthropic, keys.anthropicToken)).toBe(keys.anthropic);
  });

  it('is named by a hash that is the same in whatever header it comes, and another for another key', () => {
    expect(own(keys.openai).hash).toMatch(/^[\w-]{22}$/);
    expect(credentialOf({ 'x-api-key': keys.openai })?.hash).toBe(own(keys.openai).hash);
    expect(own(keys.xai).hash).not.toBe(own(keys.openai).hash);
  });

  it('is not shown by what prints or copies it', () => {
    const credential = own(keys.openai);
    void credential.hash;
    for (const text of [
      inspect(credential, { depth: 9, showHidden: true }),
      JSON.stringify({ credential }),
      `${credential}`,
    ])
      expect(text).not.toContain(keys.openai);
  });

  it('brings what the client says of itself, unless no header could hold it', () => {
    const said = own(keys.anthropicToken, {
      'user-agent': 'claude-cli/2.1.0 (external, cli)',
      'x-app': 'cli\u0001',
      originator: 'codex_cli_rs',
      cookie: 'session=1',
      'x-stainless-lang': 'js',
    });
    expect(said.headers).toEqual({ 'user-agent': 'claude-cli/2.1.0 (external, cli)', originator: 'codex_cli_rs' });
  });

  it('is taken out of what a provider says', () => {
    expect(withoutKey(`no ${keys.xai}, nor ${keys.xai}`, own(keys.xai))).toBe('no ***, nor ***');
    expect(withoutKey('as it is', undefined)).toBe('as it is');
  });
});
