import { brotliCompressSync, constants, crc32, deflateRawSync } from 'node:zlib';
import type { Answer } from './answer.ts';
import type { Dialect, ErrorReply, Headers } from './dialect.ts';
import type { Fault } from './faults.ts';
import type { Knobs } from './knobs.ts';

/** One act of the server on a connection. */
export type Step =
  | { readonly do: 'head'; readonly status: number; readonly headers: Headers }
  | { readonly do: 'write'; readonly bytes: Buffer }
  | { readonly do: 'wait'; readonly ms: number }
  /** Nothing more, ever. */
  | { readonly do: 'hang' }
  /** The same bytes again and again on the bare socket, for as long as anybody takes them. */
  | { readonly do: 'flood'; readonly first: string; readonly again: string }
  | { readonly do: 'end' }
  /** Closes the socket in the middle. */
  | { readonly do: 'destroy' }
  /** TCP reset. */
  | { readonly do: 'reset' };

/** All that happens in reply to one request, decided before the first byte goes out. */
export interface Script {
  readonly steps: readonly Step[];
  /** What happens to the connection after the answer; bytes are written on it after a while. */
  readonly afterwards?: 'close' | 'reset-next' | { readonly bytes: Buffer; readonly afterMs: number };
}

export interface Scene {
  readonly dialect: Dialect;
  readonly requestId: string;
  readonly answer: Answer;
  readonly stream: boolean;
  readonly streamUsage: boolean;
  readonly knobs: Knobs;
  readonly fault: Fault;
}

const wait = (ms: number): Step[] => (ms > 0 ? [{ do: 'wait', ms }] : []);
const write = (text: string): Step => ({ do: 'write', bytes: Buffer.from(text) });
const pieceBytes = 65_536;

const writes = (bytes: Buffer): Step[] =>
  Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, index) => ({
    do: 'write',
    bytes: bytes.subarray(index * pieceBytes, (index + 1) * pieceBytes),
  }));

/** A reply in one piece, such as an error. */
export const replyScript = (reply: ErrorReply, headers: Headers): Script => {
  const bytes = Buffer.from(JSON.stringify(reply.body));
  return {
    steps: [
      {
        do: 'head',
        status: reply.status,
        headers: {
          'content-type': 'application/json',
          'content-length': String(bytes.length),
          ...headers,
          ...reply.headers,
        },
      },
      { do: 'write', bytes },
      { do: 'end' },
    ],
  };
};

const htmlScript = (headers: Headers): Script => {
  const page =
    '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n';
  const head = { ...headers, 'content-type': 'text/html', 'content-length': String(page.length) };
  return { steps: [{ do: 'head', status: 502, headers: head }, write(page), { do: 'end' }] };
};

/** Splits after the first byte of each multi-byte character. */
const insideCharacters = (bytes: Buffer): Buffer[] => {
  const pieces: Buffer[] = [];
  let from = 0;
  for (let at = 0; at < bytes.length; at++) {
    if ((bytes[at] ?? 0) < 0xc0) continue;
    pieces.push(bytes.subarray(from, at + 1));
    from = at + 1;
  }
  pieces.push(bytes.subarray(from));
  return pieces.filter((piece) => piece.length > 0);
};

const everyByte = (bytes: Buffer): Buffer[] => Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));

const resplit = (steps: readonly Step[], split: (bytes: Buffer) => Buffer[]): Step[] =>
  steps.flatMap((step): Step[] => {
    if (step.do === 'head') {
      const { 'content-length': _, ...headers } = step.headers;
      return [{ ...step, headers }];
    }
    return step.do === 'write' ? split(step.bytes).map((bytes) => ({ do: 'write', bytes })) : [step];
  });

/** One gzip member over all writes, flushed at each of them, so that a stream stays a stream. */
const gzipped = (steps: readonly Step[]): Step[] => {
  const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
  let checksum = 0;
  let length = 0;
  return resplit(steps, (bytes) => {
    const first = length === 0;
    checksum = crc32(bytes, checksum);
    length += bytes.length;
    const packed = deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
    return [first ? Buffer.concat([header, packed]) : packed];
  }).flatMap((step): Step[] => {
    if (step.do === 'head') return [{ ...step, headers: { ...step.headers, 'content-encoding': 'gzip' } }];
    if (step.do !== 'end') return [step];
    const trailer = Buffer.alloc(10);
    trailer.writeUInt16LE(0x0003, 0);
    trailer.writeUInt32LE(checksum >>> 0, 2);
    trailer.writeUInt32LE(length >>> 0, 6);
    return [{ do: 'write', bytes: trailer }, step];
  });
};

const bytesOf = (steps: readonly Step[]): Buffer =>
  Buffer.concat(steps.flatMap((step) => (step.do === 'write' ? [step.bytes] : [])));

/** One brotli stream over the whole body, cut into as many pieces as the body had, or eight. */
const brotlied = (steps: readonly Step[]): Step[] => {
  const packed = brotliCompressSync(bytesOf(steps));
  const size = Math.max(1, Math.ceil(packed.length / Math.max(8, steps.length)));
  const pieces = Array.from({ length: Math.ceil(packed.length / size) }, (_, index) =>
    packed.subarray(index * size, (index + 1) * size),
  );
  const [head] = resplit(
    steps.filter((step) => step.do === 'head'),
    () => [],
  );
  if (head?.do !== 'head') return [...steps];
  return [
    { ...head, headers: { ...head.headers, 'content-encoding': 'br' } },
    ...pieces.map((bytes): Step => ({ do: 'write', bytes })),
    { do: 'end' },
  ];
};

/** The same steps under a declared length that is off by `delta`. */
const misdeclared = (steps: readonly Step[], delta: number): Step[] => {
  const length = String(Math.max(0, bytesOf(steps).length + delta));
  return steps.flatMap((step): Step[] => {
    if (step.do === 'head') return [{ ...step, headers: { ...step.headers, 'content-length': length } }];
    return [step.do === 'end' ? { do: 'destroy' } : step];
  });
};

/** What an upstream sends that has lost count: a whole answer that belongs to no request. */
const strayAnswer = (dialect: Dialect, answer: Answer): Buffer => {
  const body = JSON.stringify(dialect.answer({ ...answer, tokens: ['This', ' is', ' nobody’s'] }));
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
};

const wholeSteps = ({ dialect, requestId, answer, knobs, fault }: Scene): Step[] => {
  const bytes = Buffer.from(JSON.stringify(dialect.answer(answer)));
  const body = fault.name === 'truncated-json' ? bytes.subarray(0, bytes.length >> 1) : bytes;
  const head: Step = {
    do: 'head',
    status: 200,
    headers: {
      'content-type': 'application/json',
      'content-length': String(body.length),
      ...dialect.headers(requestId),
    },
  };
  const half = Math.min(bytes.length >> 1, pieceBytes);
  const pause = wait(fault.name === 'slow-first-token' ? (fault.ms ?? 200) : knobs.firstTokenMs);
  switch (fault.name) {
    case 'reset-in-body':
      return [...pause, head, ...writes(bytes.subarray(0, half)), { do: 'reset' }];
    case 'destroy-stream':
      return [...pause, head, ...writes(bytes.subarray(0, half)), { do: 'destroy' }];
    case 'stall-stream':
      return [
        ...pause,
        head,
        ...writes(bytes.subarray(0, half)),
        ...(fault.ms === undefined
          ? [{ do: 'hang' } as const]
          : [...wait(fault.ms), ...writes(bytes.subarray(half)), { do: 'end' } as const]),
      ];
    case 'head-only':
      return [...pause, head, { do: 'hang' }];
    default:
      return [...pause, head, ...writes(body), { do: 'end' }];
  }
};

const ends = { close: { do: 'end' }, open: { do: 'hang' }, reset: { do: 'reset' } } as const;

const streamSteps = ({ dialect, requestId, answer, knobs, streamUsage, fault }: Scene): Step[] => {
  const events = dialect.events(answer, streamUsage);
  const contentType = dialect.name === 'openai' ? 'text/event-stream; charset=utf-8' : 'text/event-stream';
  const head: Step = {
    do: 'head',
    status: 200,
    headers: { 'content-type': contentType, 'cache-control': 'no-cache', ...dialect.headers(requestId) },
  };
  const slow = fault.name === 'slow-first-token';
  const pause = wait(slow ? (fault.ms ?? 200) : knobs.firstTokenMs);
  // Anthropic opens its stream before the model has a token; OpenAI's first event comes with the first token.
  const opening = events.opening.map(write);
  const lead: Step[] =
    slow && fault.head === 'late'
      ? [...pause, head, ...opening]
      : dialect.name === 'anthropic'
        ? [head, ...opening, ...pause]
        : [head, ...pause, ...opening];

  const after = Math.min(fault.after ?? events.tokens.length >> 1, events.tokens.length);
  const tokens = events.tokens.map((text, index): Step[] => [
    ...(index > 0 ? wait(knobs.betweenTokensMs) : []),
    write(text),
  ]);
  const before = tokens.slice(0, after).flat();
  const rest = tokens.slice(after).flat();
  const closing = events.closing.map(write);
  const end: Step = { do: 'end' };
  const finish: Step[] = [...closing, write(events.terminator), end];
  switch (fault.name) {
    case 'cut-stream':
    case 'truncated-json':
      return [...lead, ...before, end];
    case 'destroy-stream': {
      const [next] = rest.flatMap((step) => (step.do === 'write' ? [step.bytes] : []));
      const piece = (next ?? Buffer.alloc(0)).subarray(0, fault.bytes ?? 0);
      return [...lead, ...before, ...writes(piece), { do: 'destroy' }];
    }
    case 'head-only':
      return [head, { do: 'hang' }];
    case 'reset-in-body':
      return [...lead, ...before, { do: 'reset' }];
    case 'stall-stream':
      return [
        ...lead,
        ...before,
        ...(fault.ms === undefined ? [{ do: 'hang' } as const] : [...wait(fault.ms), ...rest, ...finish]),
      ];
    case 'malformed-event':
      return [...lead, ...before, write(dialect.malformedEvent), ...rest, ...finish];
    case 'error-event':
      return [...lead, ...before, write(dialect.errorEvent(requestId)), end];
    case 'missing-done':
      return [...lead, ...before, ...rest, ...closing, ends[fault.end ?? 'close']];
    default:
      return [...lead, ...before, ...rest, ...finish];
  }
};

const replaceText = (steps: readonly Step[], replace: (text: string) => string): Step[] =>
  resplit(steps, (bytes) => [Buffer.from(replace(bytes.toString()))]);

/** Decides everything that happens in reply to one request. */
export const scriptOf = (scene: Scene): Script => {
  const { dialect, requestId, fault, stream } = scene;
  const headers = dialect.headers(requestId);
  const error = dialect.error(fault.name, requestId, scene.answer.model);
  if (error !== undefined) {
    const retry: Headers = fault.name === 'rate-limit' ? { 'retry-after': String(fault.seconds ?? 1) } : {};
    return replyScript(error, { ...headers, ...retry });
  }
  if (fault.name === 'hang') return { steps: [{ do: 'hang' }] };
  if (fault.name === 'reset-before-head') return { steps: [{ do: 'reset' }] };
  if (fault.name === 'endless-head')
    return { steps: [{ do: 'flood', first: 'HTTP/1.1 200 OK\r\n', again: `x-filler: ${'a'.repeat(1000)}\r\n` }] };
  if (fault.name === 'html-error') return htmlScript(headers);
  const steps = stream ? streamSteps(scene) : wholeSteps(scene);
  switch (fault.name) {
    case 'gzip':
      return { steps: gzipped(steps) };
    case 'brotli':
      return { steps: brotlied(steps) };
    case 'wrong-content-length':
      return { steps: misdeclared(steps, fault.delta ?? 10) };
    case 'split-characters':
      return { steps: resplit(steps, insideCharacters) };
    case 'byte-by-byte':
      return { steps: resplit(steps, everyByte) };
    case 'crlf-events':
      return { steps: stream ? replaceText(steps, (text) => text.replaceAll('\n', '\r\n')) : steps };
    case 'comment-events':
      return { steps: stream ? replaceText(steps, (text) => `: keep-alive\n\n${text}`) : steps };
    case 'close-after-answer':
      return { steps, afterwards: 'close' };
    case 'close-on-reuse':
      return { steps, afterwards: 'reset-next' };
    case 'second-answer':
      return { steps, afterwards: { bytes: strayAnswer(dialect, scene.answer), afterMs: fault.ms ?? 0 } };
    default:
      return { steps };
  }
};
