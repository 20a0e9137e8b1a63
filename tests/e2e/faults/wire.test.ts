import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Fault, type RawRequest, startRawUpstream } from '../../upstream/index.ts';
import { ask, type Question, type Seen } from './support/ask.ts';
import { chunk, chunked, completion, events, gzipped, head, lastChunk, sse, whole } from './support/raw-answers.ts';
import { canonicalText, type RigOptions, startRig } from './support/rig.ts';

const isWhole = ({ outcome, text }: Seen): boolean => outcome === 'answer' && text === canonicalText;
/** Never a truncated success. */
const isHonest = (seen: Seen): boolean => isWhole(seen) || (seen.outcome === 'error' && seen.message !== '');

const summary = (seen: Seen): string =>
  isWhole(seen) ? 'whole' : `${seen.outcome} ${seen.status ?? ''} ${seen.text.length} ${seen.message}`;

const protocols = ['openai', 'anthropic'] as const;
const questions: readonly Question[] = protocols.flatMap((protocol) => [
  { protocol, stream: true },
  { protocol, stream: false },
]);

/** No limit is what these are about, and twenty thousand writes take seconds where the machine is busy. */
const unhurried = { firstTokenMs: 25_000, idleMs: 25_000, totalMs: 25_000 } as const;

describe.concurrent('what arrives whole, however it travels', () => {
  it.each<Fault>([
    { name: 'gzip' },
    { name: 'brotli' },
    { name: 'split-characters' },
    { name: 'byte-by-byte' },
    { name: 'crlf-events' },
    { name: 'comment-events' },
    { name: 'close-after-answer' },
  ])('$name', { timeout: 120_000 }, async (fault) => {
    // The primary speaks one protocol, so that each is both passed through and translated.
    for (const primary of protocols) {
      await using rig = await startRig({ primary, config: { timeouts: unhurried } });
      rig.primary.inject(fault);
      for (const question of questions) {
        expect(summary(await ask(rig.url, { ...question, hangMs: unhurried.totalMs }))).toBe('whole');
      }
      expect(rig.primary.requests).toHaveLength(questions.length);
    }
  });

  it('an answer of 16 MB, and a stream of as much', async () => {
    await using rig = await startRig();
    rig.primary.inject({ name: 'huge-answer', mb: 16 });
    for (const stream of [true, false]) {
      const seen = await ask(rig.url, { protocol: 'openai', stream, hangMs: 25_000 });
      expect([seen.outcome, Buffer.byteLength(seen.text)]).toEqual(['answer', 16 * 1_048_576]);
    }
  }, 60_000);

  it('a whole answer of more than is kept is an error that says so', async () => {
    await using rig = await startRig({
      fallback: 'openai',
      config: { cache: { enabled: false, maxAnswerBytes: '1MB' } },
    });
    rig.primary.inject({ name: 'huge-answer', mb: 2 });
    const seen = await ask(rig.url, { protocol: 'openai', stream: false });
    expect([seen.outcome, seen.status]).toEqual(['error', 502]);
    expect(seen.message).toContain('maxAnswerBytes');
    expect(summary(await ask(rig.url, { protocol: 'openai', stream: true, model: 'fallback/gpt-4o-mini' }))).toBe(
      'whole',
    );
  });
});

describe.concurrent('a length that is wrong', () => {
  it.each([
    { form: 'whole', stream: false, delta: 10 },
    { form: 'whole', stream: false, delta: -10 },
    { form: 'stream', stream: true, delta: -2_000 },
  ])('$form, off by $delta: asked again, then elsewhere', async ({ stream, delta }) => {
    for (const protocol of protocols) {
      const continues = { fallbackTarget: { continues: 'prefill' } } as const;
      await using rig = await startRig({ primary: protocol, fallback: protocol, ...continues });
      rig.primary.inject({ name: 'wrong-content-length', delta });
      expect(summary(await ask(rig.url, { protocol, stream }))).toBe('whole');
      await using alone = await startRig({ primary: protocol });
      alone.primary.inject({ name: 'wrong-content-length', delta });
      expect((await ask(alone.url, { protocol, stream })).outcome).toBe('error');
    }
  });

  it('a stream that is shorter than declared by less than its terminator is whole', async () => {
    for (const protocol of protocols) {
      await using rig = await startRig({ primary: protocol });
      rig.primary.inject({ name: 'wrong-content-length', delta: 10 });
      expect(summary(await ask(rig.url, { protocol, stream: true }))).toBe('whole');
    }
  });
});

describe.concurrent('a connection that is used again', () => {
  it('is replaced where the provider closed it, and nobody notices', async () => {
    await using rig = await startRig();
    rig.primary.inject('close-after-answer');
    for (let count = 0; count < 40; count += 1) {
      expect(summary(await ask(rig.url, { protocol: 'openai', stream: count % 2 === 0 }))).toBe('whole');
    }
    expect(rig.primary.requests).toHaveLength(40);
  });

  it('is replaced where the provider resets it as the next request comes', async () => {
    await using rig = await startRig();
    rig.primary.inject('close-on-reuse');
    for (let count = 0; count < 10; count += 1) {
      expect(summary(await ask(rig.url, { protocol: 'openai', stream: count % 2 === 0 }))).toBe('whole');
    }
  });

  // Of one that comes just as the next request goes out, HTTP/1.1 cannot tell whose it is.
  it.each([0, 30])('never hands an answer that nobody asked for, %d ms late, to somebody else', async (ms) => {
    await using rig = await startRig();
    rig.primary.inject({ name: 'second-answer', ms });
    for (let count = 0; count < 6; count += 1) {
      expect(summary(await ask(rig.url, { protocol: 'openai', stream: false }))).toBe('whole');
      await delay(ms + 50);
    }
  });
});

describe.concurrent('a head without an end', () => {
  it.each<Fault>([{ name: 'head-only' }, { name: 'endless-head' }])('$name: the fallback answers', async (fault) => {
    for (const question of questions) {
      const { protocol } = question;
      const route = { firstTokenMs: 500, stallMs: 500 };
      await using rig = await startRig({ primary: protocol, fallback: protocol, route });
      rig.primary.inject(fault);
      expect(summary(await ask(rig.url, question))).toBe('whole');
      await rig.primary.waitFor(({ active }) => active === 0);
      await using alone = await startRig({
        primary: protocol,
        config: { timeouts: { firstTokenMs: 500, idleMs: 500 } },
      });
      alone.primary.inject(fault);
      expect((await ask(alone.url, question)).outcome).toBe('error');
    }
  });
});

const write = (...pieces: (string | Buffer)[]) =>
  (({ socket }) => {
    for (const piece of pieces) socket.write(piece);
  }) satisfies (request: RawRequest) => void;
const writeAndEnd = (...pieces: (string | Buffer)[]) =>
  (({ socket }) => {
    for (const piece of pieces) socket.write(piece);
    socket.end();
  }) satisfies (request: RawRequest) => void;

const streamHead = head('200 OK', sse, chunked);
const gzip = gzipped(completion());
const gzipStream = gzipped(events.join(''));

describe.concurrent('bytes that no provider should send', () => {
  /** Sends one request to a gateway before a raw upstream, and one to a healthy one after it. */
  async function meet(
    answer: (request: RawRequest) => void,
    question: Omit<Question, 'protocol'>,
    rigOptions: RigOptions = {},
  ) {
    await using upstream = await startRawUpstream(answer);
    await using rig = await startRig({
      fallback: 'openai',
      fallbackTarget: { continues: 'prefill' },
      primaryAt: upstream,
      ...rigOptions,
    });
    const alone = await ask(rig.url, { protocol: 'openai', ...question, model: 'primary/gpt-4o' });
    const routed = await ask(rig.url, { protocol: 'openai', ...question });
    const after = await ask(rig.url, { protocol: 'openai', ...question, model: 'fallback/gpt-4o-mini' });
    expect(summary(after)).toBe('whole');
    expect(rig.hotpath.router.health().reduce((sum, { inFlight }) => sum + inFlight, 0)).toBe(0);
    return { alone, routed };
  }

  const rescued: readonly (readonly [string, boolean, (request: RawRequest) => void])[] = [
    [
      'gzip that ends in the middle',
      false,
      writeAndEnd(whole(gzip.subarray(0, gzip.length >> 1), 'content-encoding: gzip')),
    ],
    [
      'gzip with a broken checksum',
      false,
      write(whole(Buffer.concat([gzip.subarray(0, -8), Buffer.alloc(8)]), 'content-encoding: gzip')),
    ],
    ['gzip that is none', false, write(whole(completion(), 'content-encoding: gzip'))],
    [
      'a gzip stream that ends in the middle',
      true,
      writeAndEnd(
        streamHead.replace('\r\n\r\n', '\r\ncontent-encoding: gzip\r\n\r\n'),
        chunk(gzipStream.subarray(0, gzipStream.length >> 1)),
        lastChunk,
      ),
    ],
    ['no HTTP at all', false, writeAndEnd('SSH-2.0-OpenSSH_9.9\r\n')],
    [
      'a chunk size that is no number',
      true,
      write(streamHead, chunk(events[0] ?? ''), chunk(events[1] ?? ''), 'zz\r\n'),
    ],
    ['a chunk size beyond 2^64', true, write(streamHead, chunk(events[0] ?? ''), 'fffffffffffffffff\r\n')],
    ['two lengths that differ', false, write(head('200 OK', 'content-length: 5', 'content-length: 6'), completion())],
    ['a negative length', false, write(head('200 OK', 'content-length: -1'), completion())],
    ['a line break within a header', false, write(head('200 OK', 'x-a: b\0c', 'content-length: 2'), '{}')],
    ['204, where an answer was due', false, write(head('204 No Content'))],
    ['304, where an answer was due', false, write(head('304 Not Modified'))],
    ['a redirect', false, write(head('307 Temporary Redirect', 'location: http://127.0.0.1:1/', 'content-length: 0'))],
    [
      '101, an upgrade that nobody asked for',
      false,
      write(head('101 Switching Protocols', 'upgrade: websocket', 'connection: upgrade')),
    ],
    ['an empty body', false, write(whole(''))],
    ['an empty stream', true, write(streamHead, lastChunk)],
    ['a stream of comments alone', true, write(streamHead, chunk(': ping\n\n: ping\n\n'), lastChunk)],
    ['a terminator alone', true, write(streamHead, chunk('data: [DONE]\n\n'), lastChunk)],
    ['100 Continue that nobody waits for', false, write(head('100 Continue'), whole(completion()))],
    ['JSON that is a list', false, write(whole('[]'))],
    ['a body that is not UTF-8', false, write(whole(Buffer.from([0x7b, 0xff, 0xfe, 0x7d])))],
  ];

  it.each(rescued)('%s: an error alone, the fallback in a route', async (_name, stream, answer) => {
    const { alone, routed } = await meet(answer, { stream });
    expect([alone.outcome, isHonest(alone)]).toEqual(['error', true]);
    expect(summary(routed)).toBe('whole');
  });

  const harmless: readonly (readonly [string, boolean, (request: RawRequest) => void])[] = [
    ['early hints before the answer', false, write(head('103 Early Hints', 'link: </a>'), whole(completion()))],
    ['trailers after a stream', true, write(streamHead, ...events.map(chunk), '0\r\nx-checksum: 1\r\n\r\n')],
    [
      'chunk extensions',
      true,
      write(streamHead, ...events.map((text) => chunk(text).toString().replace('\r\n', ';name=value\r\n')), lastChunk),
    ],
    ['a stream without content type', true, write(head('200 OK', chunked), ...events.map(chunk), lastChunk)],
    ['a stream until the connection closes', true, writeAndEnd('HTTP/1.0 200 OK\r\n', `${sse}\r\n\r\n`, ...events)],
    [
      'a whole answer until the connection closes',
      false,
      writeAndEnd('HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n', completion()),
    ],
    ['a byte order mark', true, write(streamHead, chunk('\uFEFF'), ...events.map(chunk), lastChunk)],
    ['a whole answer where a stream was asked for', true, write(whole(completion()))],
    ['the whole stream in one chunk', true, write(streamHead, chunk(events.join('')), lastChunk)],
  ];

  it.each(harmless)('%s: the whole answer', async (_name, stream, answer) => {
    const { alone, routed } = await meet(answer, { stream });
    expect([summary(alone), summary(routed)]).toEqual(['whole', 'whole']);
  });
});
