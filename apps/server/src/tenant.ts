import crypto from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Whose cached answers a request may see. `key`: those given to the same API key. `shared`: everybody's. */
export type CacheScope = 'key' | 'shared';

const maxRemembered = 1000;

/**
 * Names the tenant of each request by a hash of the API keys it came with, so that no client is ever given an answer
 * another key paid for and no key is kept. Requests without a key share one tenant.
 */
export function createTenants(scope: CacheScope): (headers: IncomingHttpHeaders) => string {
  if (scope === 'shared') return () => 'default';
  const remembered = new Map<string, string>();
  return (headers) => {
    // Both count: a tool may leave one of them empty, or the same in all its requests.
    const bearer = headers.authorization?.replace(/^Bearer\s+/i, '').trim();
    const keys = [String(headers['x-api-key'] ?? '').trim(), bearer].filter(Boolean).join('\n');
    if (keys === '') return 'default';
    let tenant = remembered.get(keys);
    if (tenant === undefined) {
      tenant = `key:${crypto.hash('sha256', keys, 'base64url')}`;
      if (remembered.size >= maxRemembered) remembered.clear();
      remembered.set(keys, tenant);
    }
    return tenant;
  };
}
