import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { formats } from '@hotpath/runtime';
import type { FastifyInstance } from 'fastify';
import { pathTokenMissing } from './errors.ts';
import { protocolOf } from './routes/answers.ts';

export interface PathToken {
  /** For Fastify's option of that name. */
  rewriteUrl(request: IncomingMessage): string;
  /** Refuses what came without the token. */
  register(app: FastifyInstance): void;
}

/**
 * SDKs disagree on whose `/v1` it is: of two that read the same variable for their base URL, one adds it and the other
 * expects it there. Below a token both are right.
 */
const versionless = /^\/(?=(messages|chat\/completions|responses|embeddings|models|files|batches)(\/|\?|$))/;

/**
 * Keeps a gateway to those who know a secret in its address, `http://host:port/<token>`. It is in the path because every
 * SDK carries the path of its base URL, whatever key its user has.
 */
export function createPathToken(token: string): PathToken {
  const prefix = Buffer.from(`/${token}`, 'latin1');
  const strangers = new WeakSet<IncomingMessage>();

  const pathBelow = (url: string): string | undefined => {
    const given = Buffer.from(url.slice(0, prefix.length), 'latin1');
    if (given.length !== prefix.length || !timingSafeEqual(given, prefix)) return undefined;
    const path = url.slice(prefix.length);
    return path === '' || path.startsWith('/') ? path || '/' : undefined;
  };

  return {
    rewriteUrl(request) {
      const url = request.url ?? '/';
      const path = pathBelow(url);
      if (path !== undefined) return path.replace(versionless, '/v1/');
      strangers.add(request);
      return url;
    },
    register(app) {
      app.addHook('onRequest', async (request, reply) => {
        if (!strangers.has(request.raw)) return undefined;
        return reply.code(pathTokenMissing.status).send(formats[protocolOf(request)].encodeError(pathTokenMissing));
      });
    },
  };
}
