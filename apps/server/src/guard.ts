import type { IncomingHttpHeaders } from 'node:http';
import { type ErrorInfo, instanceHeader, instanceId } from '@hotpath/runtime';
import { loop, originRefused } from './errors.ts';

const loopback = /^(localhost|[\w-]+\.localhost|127(\.\d{1,3}){3}|\[::1\]|::1)$/;

export const isLoopback = (host: string): boolean => loopback.test(host);

/**
 * Refuses what must not reach a model: a request that this very process sent, and, where the server listens for its own
 * machine alone, one of a web page from elsewhere. A page of `allowedHosts` is no such page.
 */
export function createGuard(
  host: string,
  allowedHosts: readonly string[] = [],
): (headers: IncomingHttpHeaders) => ErrorInfo | undefined {
  const own = instanceId();
  const local = isLoopback(host);
  return (headers) => {
    if (headers[instanceHeader] === own) return loop;
    const { origin } = headers;
    if (origin === undefined || !local) return undefined;
    const name = URL.canParse(origin) ? new URL(origin).hostname : '';
    return isLoopback(name) || allowedHosts.includes(name) ? undefined : originRefused(origin);
  };
}
