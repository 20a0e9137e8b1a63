import { mkdir, mkdtemp, readFile, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { createJsonExporter } from '../../src/exporters/json-exporter.ts';
import { createOtlpExporter } from '../../src/exporters/otlp/otlp-exporter.ts';
import { requestKind } from '../../src/kinds/request.ts';
import { openEventStore } from '../../src/store/event-store.ts';
import { testExporter } from '../../src/testing/exporter-kit.ts';
import { openEventStoreThread } from '../../src/thread/event-store-thread.ts';
import { startReceiver } from '../support/otlp-receiver.ts';

const withFolder = async (): Promise<{ readonly path: string; end(): Promise<void> }> => {
  const folder = await mkdtemp(join(tmpdir(), 'exporter-'));
  return { path: join(folder, 'in', 'events'), end: () => rm(folder, { recursive: true }) };
};

const inStore = (path: string): readonly string[] => {
  const store = openEventStore({ path, isReadOnly: true });
  const groups = store.aggregate(requestKind, { fromMs: 0, toMs: 2e12, by: ['model'] });
  void store.close();
  return groups.flatMap(({ names, count }) => Array.from({ length: count }, () => names.model ?? ''));
};

const modelsIn = (lines: string): readonly string[] =>
  lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .filter(({ kind }) => kind === 'request')
    .map(({ model }) => model);

testExporter('the store of events', async () => {
  const { path, end } = await withFolder();
  return { exporter: openEventStore({ path }), arrived: () => inStore(path), end };
});

testExporter('the store of events in a thread', async () => {
  const { path, end } = await withFolder();
  return { exporter: openEventStoreThread({ store: { path } }), arrived: () => inStore(path), end };
});

testExporter('the exporter to OpenTelemetry', async () => {
  const receiver = await startReceiver();
  return {
    exporter: createOtlpExporter({ endpoint: receiver.url, pauseMs: 0 }),
    arrived: () => receiver.spans().map(({ attributes }) => String(attributes['gen_ai.response.model'])),
    fail() {
      receiver.answer({ status: 400 });
      return () => {};
    },
    end: () => receiver.close(),
  };
});

testExporter('the exporter of JSON to a file', async () => {
  const { path, end } = await withFolder();
  return {
    exporter: createJsonExporter({ to: path }),
    arrived: async () => modelsIn(await readFile(path, 'utf8')),
    async fail() {
      await mkdir(path, { recursive: true });
      return () => rmdir(path);
    },
    end,
  };
});

testExporter('the exporter of JSON to a stream', () => {
  let written = '';
  const to = new Writable({
    write(chunk, _encoding, done) {
      written += chunk;
      done();
    },
  });
  return { exporter: createJsonExporter({ to }), arrived: () => modelsIn(written) };
});
