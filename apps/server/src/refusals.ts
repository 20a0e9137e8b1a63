import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { type ErrorInfo, formats } from '@hotpath/runtime';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  bodyInvalid,
  bodyTooLarge,
  contentTypeRefused,
  headersTooLarge,
  internal,
  methodNotAllowed,
  notFound,
  requestMalformed,
  requestTimeout,
} from './errors.ts';
import { announceRefusal } from './events.ts';
import { createRequestIds, ownRequestIdHeader } from './request-id.ts';
import { answerPaths, protocolOf } from './routes/answers.ts';

const readPaths = /^\/(v1\/models(\/.+)?|healthz|readyz|metrics)$/;

/** Answers everything that reaches no route, or fails before it, with an error body of the client's protocol. */
export function registerRefusals(
  app: FastifyInstance,
  bodyLimitBytes: number,
  requestIdOf: (headers: IncomingHttpHeaders) => string = createRequestIds(),
): void {
  // Answers of models are written past it, and say theirs themselves.
  app.addHook('onSend', (request, reply, _payload, done) => {
    if (!reply.hasHeader(ownRequestIdHeader)) reply.header(ownRequestIdHeader, requestIdOf(request.headers));
    done();
  });

  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const allowed = Object.hasOwn(answerPaths, path) ? 'POST' : readPaths.test(path) ? 'GET' : '';
    const error = allowed ? methodNotAllowed(request.method, path, allowed) : notFound(request.method, path);
    if (allowed) reply.header('allow', allowed);
    return reply.code(error.status).send(formats[protocolOf(request)].encodeError(error));
  });

  app.setErrorHandler((fault: FastifyError, request, reply) => {
    const error = translate(fault, bodyLimitBytes, request.headers['content-type'] ?? '');
    const requestId = requestIdOf(request.headers);
    announceRefusal(protocolOf(request), error, { requestId });
    reply.header(ownRequestIdHeader, requestId);
    return reply.code(error.status).send(formats[protocolOf(request)].encodeError(error));
  });
}

function translate(fault: FastifyError, bodyLimitBytes: number, contentType: string): ErrorInfo {
  switch (fault.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return bodyTooLarge(bodyLimitBytes);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return contentTypeRefused(contentType);
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return bodyInvalid('it is not as long as its content-length says. Send it again.');
    default:
      if (fault.statusCode !== undefined && fault.statusCode < 500) {
        return requestMalformed(fault.statusCode, `${fault.message}.`);
      }
      return internal;
  }
}

/** For a path that Fastify cannot read. */
export function refusePath(fault: FastifyError, request: FastifyRequest, reply: FastifyReply, requestId: string): void {
  const error = requestMalformed(400, `${fault.message}.`);
  reply.header(ownRequestIdHeader, requestId);
  reply.code(error.status).send(formats[protocolOf(request)].encodeError(error));
}

/** For bytes that are no HTTP request: there is nothing but the socket to answer on, and no path to know a protocol by. */
export function refuseConnection(fault: Error & { code?: string }, socket: Socket, requestId: string): void {
  if (fault.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const error =
    fault.code === 'HPE_HEADER_OVERFLOW'
      ? headersTooLarge
      : fault.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? requestTimeout
        : requestMalformed();
  const body = JSON.stringify(formats['openai-chat'].encodeError(error));
  socket.end(
    `HTTP/1.1 ${error.status} Refused\r\ncontent-type: application/json\r\n${ownRequestIdHeader}: ${requestId}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
