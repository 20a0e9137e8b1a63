import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCollector, requestKind } from '@hotpath/telemetry';
import { describe, expect, it } from 'vitest';
import { openOtlp, wantsOtlp } from '../src/open-otlp.ts';

describe('whether events are sent', () => {
  it.each([
    [undefined, {}, false],
    [{ endpoint: 'http://localhost:4318' }, {}, true],
    [undefined, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318' }, true],
    [undefined, { OTEL_EXPORTER_OTLP_ENDPOINT: '' }, false],
    [{ endpoint: 'http://localhost:4318' }, { OTEL_SDK_DISABLED: 'true' }, false],
  ])('%j and %j: %s', (config, environment, wanted) => {
    expect(wantsOtlp(config, environment)).toBe(wanted);
  });
});

it.each([
  [{}, 1],
  [{ OTEL_EXPORTER_OTLP_TIMEOUT: '60000' }, 2],
])('gives up soon in a process that ends soon, unless %j gives it time', async (variables, asked) => {
  let tries = 0;
  const receiver = createServer((request, response) => {
    tries += 1;
    const isFirst = tries === 1;
    request.resume().on('end', () => response.writeHead(isFirst ? 503 : 200, { 'retry-after': '0.6' }).end());
  });
  await once(receiver.listen(0, '127.0.0.1'), 'listening');
  const endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...variables };
  const exporter = await openOtlp({}, { command: 'ask', isLong: false }, environment);
  const collector = createCollector({ exporters: [exporter], flushMs: 'never' });
  collector.recorder(requestKind).push(Date.now(), 'r1');
  await collector.flush();
  receiver.close();
  expect(tries).toBe(asked);
  expect(collector.lost().get('otlp')).toBe(2 - asked);
});

it('sends them as the variables of OpenTelemetry say, and the configuration over them', async () => {
  const seen: { url: string | undefined; headers: IncomingHttpHeaders }[] = [];
  const receiver = createServer((request, response) => {
    seen.push({ url: request.url, headers: request.headers });
    request.resume().on('end', () => response.setHeader('content-type', 'application/x-protobuf').end());
  });
  await once(receiver.listen(0, '127.0.0.1'), 'listening');
  const endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const exporter = await openOtlp(
    { headers: { 'x-own': 'config' } },
    { command: 'serve', isLong: true },
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20key,x-own=variable,broken,%zz=1=%zz',
    },
  );
  const collector = createCollector({ exporters: [exporter], flushMs: 'never' });
  const requests = collector.recorder(requestKind);
  requests.names[requestKind.dimensionAt.model] = 'small';
  requests.names[requestKind.dimensionAt.outcome] = 'complete';
  requests.values[requestKind.measureAt.duration] = 1000;
  requests.push(Date.now(), 'r1');
  await collector.close();
  receiver.close();
  expect(seen.map(({ url }) => url).sort()).toEqual(['/v1/metrics', '/v1/traces']);
  for (const { headers } of seen)
    expect(headers).toMatchObject({
      'content-type': 'application/x-protobuf',
      authorization: 'Bearer key',
      'x-own': 'config',
    });
});
