import { describe, expect, it } from 'vitest';
import { withDefaults } from '../src/config.ts';
import { describeConfig } from '../src/describe.ts';
import { isSecretSetting } from '../src/secret-settings.ts';
import { settingPaths } from '../src/setting-paths.ts';

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

  it('shows of telemetry and alerts no header, and of a webhook who is called', () => {
    const { telemetry, alerts } = describeConfig(
      withDefaults(
        {
          telemetry: {
            otlp: { endpoint: 'https://ada:sk-1@box/otlp?token=sk-2', headers: { authorization: 'Bearer sk-3' } },
            content: { redact: { keys: true, emails: true, cards: true, patterns: [] } },
          },
          alerts: { webhook: 'https://ada:sk-4@hooks.example.com:8443/services/sk-5?key=sk-6' },
        },
        { cache: '/cache', state: '/state' },
      ),
    );
    expect(telemetry.otlp).toEqual({
      endpoint: 'https://***@box/otlp?token=***',
      headers: { authorization: '***' },
    });
    expect(alerts.webhook).toBe('https://hooks.example.com:8443/***');
    expect(telemetry.content.redact).toMatchObject({ keys: true });
  });

  it('shows what users have named like a secret', () => {
    const given = {
      aliases: { webhook: 'openai/m', apiKey: 'openai/m' },
      routes: { headers: { targets: ['openai/m'] } },
      alerts: { rules: { keys: false as const } },
    };
    expect(describeConfig(withDefaults(given, { cache: '/cache', state: '/state' }))).toMatchObject(given);
  });

  it('tells all of them by one rule, which the schema cannot outgrow unseen', () => {
    const secret = settingPaths().filter((path) => /key|header|secret|token|password|webhook/i.test(path));
    expect(secret.filter((path) => !isSecretSetting(path.split('.')))).toEqual(['timeouts.firstTokenMs']);
  });
});
