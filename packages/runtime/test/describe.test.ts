import { describe, expect, it } from 'vitest';
import { withDefaults } from '../src/config.ts';
import { describeConfig } from '../src/describe.ts';

describe('describeConfig', () => {
  it('shows everything but secrets', () => {
    const config = withDefaults(
      {
        providers: {
          openai: { type: 'openai', apiKey: 'sk-1', headers: { 'x-team': 'sk-2' }, models: ['m'] },
          vllm: { type: 'openai-compatible', baseUrl: 'http://ada:sk-3@box:8000/v1' },
          sim: { type: 'sim', latencyMs: 5 },
        },
      },
      { cache: '/cache', state: '/state' },
    );
    const shown = describeConfig(config);
    expect(shown.providers).toEqual({
      openai: { type: 'openai', apiKey: '***', headers: { 'x-team': '***' }, models: ['m'] },
      vllm: { type: 'openai-compatible', baseUrl: 'http://***@box:8000/v1' },
      sim: { type: 'sim', latencyMs: 5 },
    });
    expect(JSON.stringify(shown)).not.toContain('sk-');
    expect(shown.cache).toEqual(config.cache);
  });

  it('shows of the cache where Redis is and which keys there are', () => {
    const { cache } = describeConfig(
      withDefaults(
        {
          cache: {
            redis: { url: 'redis://:sk-1@box:6379/1' },
            encryption: { keys: { old: 'sk-2', new: 'sk-3' }, current: 'new' },
          },
        },
        { cache: '/cache', state: '/state' },
      ),
    );
    expect(cache).toMatchObject({
      redis: { url: 'redis://***@box:6379/1', prefix: 'hotpath', ttlMs: 86_400_000 },
      encryption: { keys: { old: '***', new: '***' }, current: 'new' },
      warmEntries: 1000,
      warmBudgetMs: 1000,
    });
  });
});
