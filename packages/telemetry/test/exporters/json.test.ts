import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCollector } from '../../src/collector/collector.ts';
import { createJsonExporter } from '../../src/exporters/json-exporter.ts';
import { attemptKind } from '../../src/kinds/attempt.ts';
import { queryKind } from '../../src/kinds/cache.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'json-'));
});
afterEach(() => rm(folder, { recursive: true }));

const exportTo = async (to: string | Writable): Promise<ReturnType<typeof createCollector>> => {
  const collector = createCollector({ exporters: [createJsonExporter({ to })], flushMs: 'never' });
  const attempts = collector.recorder(attemptKind);
  attempts.names.fill('');
  attempts.names[attemptKind.dimensionAt.provider] = 'openai';
  attempts.names[attemptKind.dimensionAt.outcome] = 'complete';
  attempts.values[attemptKind.measureAt.duration] = 1500;
  attempts.push(Date.UTC(2026, 0, 2, 3, 4, 5, 6), 'one', undefined);
  const queries = collector.recorder(queryKind);
  for (const took of [10, 30]) {
    queries.names[queryKind.dimensionAt.database] = 'cache';
    queries.names[queryKind.dimensionAt.operation] = 'get';
    queries.values[queryKind.measureAt.duration] = took;
    queries.push(Date.now());
  }
  await collector.close();
  return collector;
};

describe('the exporter of JSON', () => {
  it('writes a line for each event, with what it has by name', async () => {
    const path = join(folder, 'new', 'events.ndjson');
    await exportTo(path);
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines[0]).toBe(
      '{"kind":"attempt","at":"2026-01-02T03:04:05.006Z","request_id":"one","provider":"openai","outcome":"complete","duration":1500}',
    );
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ kind: 'query', count: 2, operation: 'get', duration: 40 });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('adds to what is there', async () => {
    const path = join(folder, 'events.ndjson');
    await exportTo(path);
    await exportTo(path);
    expect((await readFile(path, 'utf8')).trimEnd().split('\n')).toHaveLength(4);
  });

  it('loses what cannot be written, and ends no process', async () => {
    const broken = await exportTo(folder);
    expect(broken.lost().get('json')).toBe(2);
    for (const autoDestroy of [true, false]) {
      const gone = new Writable({ autoDestroy, write: (_chunk, _encoding, done) => done(new Error('gone')) });
      expect((await exportTo(gone)).lost().get('json')).toBe(2);
    }
  });

  it('leaves a stream open', async () => {
    let written = '';
    const stream = new Writable({
      write(chunk, _encoding, done) {
        written += chunk;
        done();
      },
    });
    await exportTo(stream);
    expect(stream.writableEnded).toBe(false);
    expect(written.split('\n')).toHaveLength(3);
    expect(stream.listenerCount('error')).toBe(0);
  });
});
