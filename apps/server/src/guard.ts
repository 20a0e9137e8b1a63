import type { IncomingHttpHeaders } from 'node:http';
import { type ErrorInfo, instanceHeader, instanceId } from '@hotpath/runtime';
import { loop, originRefused } from './errors.ts';

const loopback = /^(localhost|[\w-]+\.localhost|127(\.\d{1,3}){3}|\[::1\]|::1)$/;

export const isLoopback = (host: string): boolean => loopback.test(host);

/**
 * Refuses what must not reach a model: a request that this very process sent, and, where the server listens for its own
 * machine alone, one of a web page from elsewhere. A page may resolve its own name to this machine (DNS rebinding); its
 * browser still says where it came from.
 */
export function createGuard(host: string): (headers: IncomingHttpHeaders) => ErrorInfo | undefined {
  const own = instanceId();
  const local = isLoopback(host);
  return (headers) => {
    if (headers[instanceHeader] === own) return loop;
    const { origin } = headers;
    if (origin === undefined || !local) return undefined;
    return URL.canParse(origin) && isLoopback(new URL(origin).hostname) ? undefined : originRefused(origin);
  };
}
