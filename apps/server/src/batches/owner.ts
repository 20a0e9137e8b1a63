import type { IncomingHttpHeaders } from 'node:http';
import { credentialOf } from '@hotpath/runtime';
import { isRefusal } from '../keys/authenticate.ts';
import type { Gatekeeper } from '../keys/gatekeeper.ts';
import type { KeyRefusal } from '../keys/refusal.ts';
import { type CacheScope, createTenants } from '../tenant.ts';
import type { Owner } from './records.ts';

/**
 * Whose the files and batches of a request are: its virtual key's alone, whatever cache that shares; without one, those who
 * send the same API key, or none.
 */
export const createOwners = (
  cacheScope: CacheScope,
  gatekeeper: Pick<Gatekeeper, 'identify'> | undefined,
): ((headers: IncomingHttpHeaders) => Owner | KeyRefusal) => {
  const holderOf = createTenants('key');
  const tenantOf = createTenants(cacheScope);
  return (headers) => {
    const principal = gatekeeper?.identify(headers);
    if (principal && isRefusal(principal)) return principal;
    const tenant = tenantOf(headers);
    const key = principal?.key;
    if (key) return { id: `virtual-key:${key.id}`, keyId: key.id, tenant };
    const credential = credentialOf(headers);
    return { id: holderOf(headers), keyId: null, tenant, ...(credential && { credential }) };
  };
};
