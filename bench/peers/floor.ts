import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';
import { type Dispatcher, Pool } from 'undici';

// The least a gateway in Node can do: take the request, send its bytes on, send the answer's bytes back. No parsing, no
// cache, no limits, no usage. What a real gateway costs above this is what its features cost.
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '9100' },
    upstream: { type: 'string', default: 'http://127.0.0.1:9000' },
    /** At most so many to the upstream; 0 for as many as it takes. */
    connections: { type: 'string', default: '64' },
  },
});
const pool = new Pool(values.upstream, { connections: Number(values.connections) || null, pipelining: 1 });

const passOn = (request: IncomingMessage, response: ServerResponse, body: Buffer): void => {
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart() {},
    onResponseStart(controller, status, headers) {
      response.writeHead(status, {
        'content-type': String(headers['content-type'] ?? 'application/json'),
        ...(headers['content-length'] !== undefined && { 'content-length': String(headers['content-length']) }),
      });
      response.on('drain', () => controller.resume());
    },
    onResponseData(controller, bytes) {
      if (!response.write(bytes)) controller.pause();
    },
    onResponseEnd() {
      response.end();
    },
    onResponseError(_controller, error) {
      if (response.headersSent) response.destroy(error);
      else response.writeHead(502).end(error.message);
    },
  };
  pool.dispatch(
    {
      method: 'POST',
      path: request.url ?? '/',
      headers: {
        'content-type': 'application/json',
        authorization: request.headers.authorization ?? 'Bearer key',
      },
      body,
    },
    handler,
  );
};

createServer({ keepAliveTimeout: 120_000, noDelay: true }, (request, response) => {
  if (request.method === 'GET') {
    response.writeHead(200).end('ok');
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (bytes: Buffer) => chunks.push(bytes));
  request.on('end', () =>
    passOn(request, response, chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)),
  );
}).listen(Number(values.port), '127.0.0.1');

process.on('SIGTERM', () => process.exit(0));
