import { describe, expect, it } from 'vitest';
import { createKeyRule, type KeyRuleOptions } from '../src/providers/key-rule.ts';
import { keys, own } from './support/own-keys.ts';

const at = (hostname: string, owner?: string, more: Partial<KeyRuleOptions> = {}): KeyRuleOptions => ({
  hostname,
  owner,
  hasKey: false,
  passThroughKeys: undefined,
  ...more,
});
const keyed = { hasKey: true };
const told = { passThroughKeys: true };

/** The keys that a provider takes, by their names. */
const taken = (options: KeyRuleOptions): string[] => {
  const { takes } = createKeyRule(options);
  return Object.entries(keys).flatMap(([name, key]) => (takes(own(key)) ? [name] : []));
};

const anthropic = ['anthropic', 'anthropicToken'];

describe('which keys of clients a provider is sent', () => {
  it.each<[string, KeyRuleOptions, readonly string[]]>([
    ['Anthropic', at('api.anthropic.com', 'anthropic'), anthropic],
    ['Anthropic, with a key of its own', at('api.anthropic.com', 'anthropic', keyed), anthropic],
    ['OpenAI', at('api.openai.com', 'openai'), ['openai', 'olderOpenai']],
    ['OpenAI in a region', at('eu.api.openai.com', 'openai'), ['openai', 'olderOpenai']],
    ['OpenAI, with a key of its own', at('api.openai.com', 'openai', keyed), ['openai', 'olderOpenai']],
    ['xAI', at('api.x.ai', 'xai'), ['xai']],
    ['a proxy of type anthropic', at('proxy.example', 'anthropic'), anthropic],
    ['a proxy of type openai', at('127.0.0.1', 'openai'), ['openai', 'olderOpenai']],
    ['a proxy with a key of its own', at('proxy.example', 'openai', keyed), []],
    [
      'such a proxy that is to get them',
      at('proxy.example', 'openai', { ...keyed, ...told }),
      ['openai', 'olderOpenai', 'bare', 'opaque'],
    ],
    ["DeepSeek, in Anthropic's protocol", at('api.deepseek.com', 'anthropic'), []],
    ['DeepSeek, which is to get them', at('api.deepseek.com', undefined, told), ['bare', 'opaque']],
    ["Azure, in OpenAI's protocol", at('mine.openai.azure.com', 'openai'), []],
    ["a host that looks like OpenAI's", at('api.openai.com.evil.example', undefined), []],
    ['OpenAI, which is to get them', at('api.openai.com', 'openai', told), ['openai', 'olderOpenai', 'bare', 'opaque']],
    ['a server of one’s own', at('gpu-1'), []],
    ['a server of one’s own that is to get them', at('gpu-1', undefined, told), Object.keys(keys)],
    ['OpenAI, which is to get none', at('api.openai.com', 'openai', { passThroughKeys: false }), []],
  ])('%s', (_, options, expected) => {
    expect(taken(options)).toEqual(expected);
  });

  it('knows an API that refuses whoever has no key', () => {
    expect(createKeyRule(at('api.openai.com', 'openai')).needsKey).toBe(true);
    expect(createKeyRule(at('api.openai.com', 'openai', keyed)).needsKey).toBe(false);
    expect(createKeyRule(at('127.0.0.1', 'openai')).needsKey).toBe(false);
  });
});
