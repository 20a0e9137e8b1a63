import { expect, it } from 'vitest';
import { settingPaths } from '../src/index.ts';

it('names every setting by its path, and of a table the user fills only the table', () => {
  const paths = settingPaths();
  expect(paths).toEqual(
    expect.arrayContaining([
      ...['providers', 'aliases', 'routes', 'defaultModel', 'promptCache', 'cache.ttlMs', 'cache.redis.url'],
      ...['cache.store.name', 'economy.windowMs', 'server.allowedHosts', 'plugins.disabled', 'conversations.keepMs'],
    ]),
  );
  expect(paths).not.toContain('cache');
  expect(paths.filter((path) => path.startsWith('providers'))).toEqual(['providers']);
  expect(new Set(paths).size).toBe(paths.length);
});
