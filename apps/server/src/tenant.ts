import crypto from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Whose cached answers a request may see. `key`: those given to the same API key. `shared`: everybody's. */
export type CacheScope = 'key' | 'shared';

const maxRemembered = 1000;

/**
 * Names the tenant of each request by a hash of the API key it came with, so that no client is ever given an answer
 * another key paid for and no key is kept. Requests without a key share one tenant.
 */
export function createTenants(scope: CacheScope): (headers: IncomingHttpHeaders) => string {
  if (scope === 'shared') return () => 'default';
  const remembered = new Map<string, string>();
  return (headers) => {
    const header = headers['x-api-key'] ?? headers.authorization;
    const key = (Array.isArray(header) ? header[0] : header)?.replace(/^Bearer\s+/i, '').trim();
    if (!key) return 'default';
    let tenant = remembered.get(key);
    if (tenant === undefined) {
      tenant = `key:${crypto.hash('sha256', key, 'base64url')}`;
      if (remembered.size >= maxRemembered) remembered.clear();
      remembered.set(key, tenant);
    }
    return tenant;
  };
}
