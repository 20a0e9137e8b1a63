import type { IncomingHttpHeaders } from 'node:http';
import { type ErrorInfo, formats } from '@hotpath/runtime';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { hostRefused } from './errors.ts';
import { announceRefusal } from './events.ts';
import { isLoopback } from './guard.ts';
import { ownRequestIdHeader } from './request-id.ts';
import { protocolOf } from './routes/answers.ts';

export interface HostCheckOptions {
  /** The address that the server listens on. */
  readonly host: string;
  /** Further names by which it may be called, such as that of a proxy in front of it. */
  readonly allowedHosts: readonly string[];
  /** Whether requests to the API need a key; a web page has none. */
  readonly hasKeys: () => boolean;
}

/**
 * Says why a request for a `Host` is refused. `isOpen`: it is to a path that answers without a key, keys or none.
 */
export type HostCheck = (host: string | undefined, isOpen: () => boolean) => ErrorInfo | undefined;

/** The name in a `Host` header (RFC 9110, section 7.2): without the port, and without the dot that ends a full name. */
const nameIn = (host: string): string => host.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');

/**
 * A web page may resolve its own name to this machine (DNS rebinding) and then
 * reads what it likes: it is of the same origin, so its browser sends no `Origin` with a GET. It still asks for its own name.
 * So what a server that listens for its own machine alone tells without a key, it tells to the names of this machine alone.
 */
export function createHostCheck(options: HostCheckOptions): HostCheck {
  const { host: address, allowedHosts, hasKeys } = options;
  if (!isLoopback(address)) return () => undefined;
  const allowed = new Set(allowedHosts.map(nameIn));
  // Clients ask for one and the same.
  let good: string | undefined;
  return (host, isOpen) => {
    if (host === undefined || host === good) return undefined;
    const name = nameIn(host);
    if (isLoopback(name) || allowed.has(name)) {
      good = host;
      return undefined;
    }
    return hasKeys() && !isOpen() ? undefined : hostRefused(host);
  };
}

/** All but the API: `/metrics`, `/healthz` and what may come to be beside them. What there is not says nothing. */
const isOpenPath = ({ routeOptions: { url } }: FastifyRequest): boolean =>
  url !== undefined && !url.startsWith('/v1/') && !url.startsWith('/admin/');

/** Applies it to every path, those that there are not among them. */
export function registerHostCheck(
  app: FastifyInstance,
  check: HostCheck,
  requestIdOf: (headers: IncomingHttpHeaders) => string,
): void {
  app.addHook('onRequest', (request, reply, done) => {
    // Only where it matters: Fastify writes a route's options anew each time.
    const error = check(request.headers.host, () => isOpenPath(request));
    if (!error) {
      done();
      return;
    }
    const protocol = protocolOf(request);
    const requestId = requestIdOf(request.headers);
    announceRefusal(protocol, error, { requestId });
    reply
      .code(error.status)
      .header(ownRequestIdHeader, requestId)
      .header('connection', 'close')
      .send(formats[protocol].encodeError(error));
  });
}
