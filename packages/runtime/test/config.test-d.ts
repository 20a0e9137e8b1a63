// Checked by `tsc -p tsconfig.json`, as every file here: nothing of this runs.
import type { CachedAnswer, Router } from '@hotpath/ai-router';
import type { Cache } from '@hotpath/cache';
import { expectTypeOf } from 'vitest';
import {
  createHotpath,
  defineConfig,
  type Hotpath,
  type HotpathConfig,
  type ResolvedConfig,
  type Warning,
} from '../src/index.ts';

// What the documents show is accepted, numbers and quantities with units alike.
expectTypeOf(defineConfig).parameters.toEqualTypeOf<[HotpathConfig]>();
expectTypeOf(
  defineConfig({
    providers: {
      openai: {},
      groq: { type: 'openai-compatible', baseUrl: 'https://api.groq.com/openai/v1', models: ['a'] as const },
      slow: { type: 'sim', latencyMs: '300ms', tokensPerSecond: 40 },
    },
    aliases: { fast: 'openai/gpt-4.1-mini' },
    cache: { ttlMs: '24h', diskBytes: 1024 ** 3, temperature: 'any', scope: 'shared' },
    timeouts: { connectMs: '5s', totalMs: 0 },
    server: { port: 4100 },
  }),
).toEqualTypeOf<HotpathConfig>();
expectTypeOf<undefined>().toExtend<HotpathConfig['cache']>();

// @ts-expect-error: an unknown section
defineConfig({ cahce: {} });
// @ts-expect-error: an unknown setting
defineConfig({ cache: { ttl: '1h' } });
// @ts-expect-error: an unknown type of provider
defineConfig({ providers: { mine: { type: 'opanai' } } });
// @ts-expect-error: nobody knows where an openai-compatible provider lives
defineConfig({ providers: { mine: { type: 'openai-compatible' } } });
// @ts-expect-error: a simulator has no key
defineConfig({ providers: { mine: { type: 'sim', apiKey: 'k' } } });
// @ts-expect-error: no such rule
defineConfig({ cache: { temperature: 'warm' } });
// @ts-expect-error: no such limit
defineConfig({ timeouts: { connect: '5s' } });

// A configuration is optional; what comes back can be disposed of, and its cache may be absent.
expectTypeOf(createHotpath).toBeCallableWith();
expectTypeOf(createHotpath).toBeCallableWith({ defaultModel: 'a/b' }, { folder: '/srv', now: () => 0 });
expectTypeOf(createHotpath).returns.resolves.toEqualTypeOf<Hotpath>();
expectTypeOf<Hotpath>().toExtend<AsyncDisposable>();
expectTypeOf<Hotpath['router']>().toEqualTypeOf<Router>();
expectTypeOf<Hotpath['cache']>().toEqualTypeOf<Cache<CachedAnswer> | undefined>();
expectTypeOf<Hotpath['warnings']>().toEqualTypeOf<readonly Warning[]>();

// After validation every quantity is a number, and what has a default is there.
expectTypeOf<ResolvedConfig['cache']['ttlMs']>().toEqualTypeOf<number>();
expectTypeOf<ResolvedConfig['server']['port']>().toEqualTypeOf<number | undefined>();
expectTypeOf<ResolvedConfig['detect']>().toEqualTypeOf<{ readonly environment: boolean; readonly ollama: boolean }>();
