import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLineWriter, type LineWriterOptions } from '../../src/log/line-writer.ts';

type WriteBytes = NonNullable<LineWriterOptions['writeBytes']>;

const failure = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code });

/** A file whose writes are answered by hand. */
const scripted = () => {
  const asked: { text: string; done: Parameters<WriteBytes>[3] }[] = [];
  let arrived = Promise.withResolvers<void>();
  let written = '';
  const writeBytes: WriteBytes = (_fd, bytes, offset, onDone) => {
    asked.push({ text: bytes.toString('utf8', offset), done: onDone });
    arrived.resolve();
    arrived = Promise.withResolvers<void>();
  };
  const next = async () => {
    if (asked.length === 0) await arrived.promise;
    return asked.shift() as (typeof asked)[number];
  };
  return {
    writeBytes,
    written: () => written,
    /** Lets the next write take so many bytes, by default all. */
    async take(bytes?: number): Promise<string> {
      const { text, done } = await next();
      const taken = bytes === undefined ? text : text.slice(0, bytes);
      written += taken;
      done(null, Buffer.byteLength(taken));
      return taken;
    },
    async refuse(code: string): Promise<string> {
      const { text, done } = await next();
      done(failure(code), 0);
      return text;
    },
    waiting: () => asked.length,
  };
};

const create = (file: ReturnType<typeof scripted>, options: Partial<LineWriterOptions> = {}) =>
  createLineWriter({
    fd: 2,
    lossLine: (count) => `lost ${count}\n`,
    pauseMs: 1,
    writeBytes: file.writeBytes,
    ...options,
  });

describe('lines', () => {
  it('of one turn are written together, one write at a time, in order', async () => {
    const file = scripted();
    const writer = create(file);
    for (const line of ['a\n', 'b\n', 'c\n']) writer.write(line);
    expect(file.waiting()).toBe(0);
    expect(await file.take()).toBe('a\nb\nc\n');
    writer.write('d\n');
    expect(await file.take()).toBe('d\n');
    await writer.flush(10_000);
    expect(file.written()).toBe('a\nb\nc\nd\n');
  });

  it('that were taken in part go on where that ended', async () => {
    const file = scripted();
    const writer = create(file);
    writer.write('one line\n');
    await file.take(3);
    await file.take(2);
    await file.take();
    await writer.flush(10_000);
    expect(file.written()).toBe('one line\n');
  });

  it('wait where a pipe is full, and are written when it is not', async () => {
    const file = scripted();
    const writer = create(file);
    writer.write('a\n');
    await file.refuse('EAGAIN');
    await file.refuse('EAGAIN');
    writer.write('b\n');
    expect(await file.take()).toBe('a\n');
    expect(await file.take()).toBe('b\n');
    await writer.flush(10_000);
  });

  it('beyond a bound are lost, and it is said how many', async () => {
    const file = scripted();
    const writer = create(file, { maxWaiting: 20 });
    for (let index = 0; index < 10; index += 1) writer.write(`line${index}\n`);
    expect(await file.take()).toBe('lost 7\nline0\nline1\nline2\n');
    writer.write('again\n');
    expect(await file.take()).toBe('again\n');
    await writer.flush(10_000);
  });

  it('that a full disk does not take are lost, and those after it are written', async () => {
    const file = scripted();
    const writer = create(file);
    writer.write('a\n');
    writer.write('b\n');
    await file.refuse('ENOSPC');
    // Whatever was half written must not run into the next line.
    await file.take(3);
    await file.refuse('ENOSPC');
    writer.write('c\n');
    await file.take();
    await writer.flush(10_000);
    expect(file.written()).toBe('los\nlost 2\nc\n');
  });

  it('are dropped for good where nobody reads any more', async () => {
    const file = scripted();
    const writer = create(file);
    writer.write('a\n');
    await file.refuse('EPIPE');
    await writer.flush(10_000);
    writer.write('b\n');
    await writer.flush(10_000);
    expect(file.waiting()).toBe(0);
  });
});

describe('a flush', () => {
  it('waits for what was written, but not for ever', async () => {
    const file = scripted();
    const writer = create(file);
    await writer.flush(10_000);
    writer.write('a\n');
    await writer.flush(1);
    expect(file.written()).toBe('');
    const flushed = writer.flush(10_000);
    await file.take();
    await flushed;
    expect(file.written()).toBe('a\n');
  });
});

describe('a real file', () => {
  it('has every line, in order', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hotpath-log-'));
    const path = join(folder, 'log');
    const fd = openSync(path, 'w');
    const writer = createLineWriter({ fd, lossLine: () => 'lost\n', maxWaiting: 100_000_000 });
    let expected = '';
    for (let index = 0; index < 20_000; index += 1) {
      const line = `{"line":${index},"text":"é ${'x'.repeat(index % 50)}"}\n`;
      expected += line;
      writer.write(line);
    }
    await writer.flush(60_000);
    expect(readFileSync(path, 'utf8')).toBe(expected);
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });

  it.skipIf(process.platform !== 'linux')(
    'that is full takes nothing, and fails nobody (needs /dev/full)',
    async () => {
      const fd = openSync('/dev/full', 'w');
      const writer = createLineWriter({ fd, lossLine: () => 'lost\n', pauseMs: 1 });
      writer.write('a\n');
      await writer.flush(20);
      writer.write('b\n');
      await writer.flush(20);
      closeSync(fd);
    },
  );
});
